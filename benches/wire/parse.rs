//! Bytes of a stream to a proven turn: the same however they are split, and how fast.

use std::time::Duration;

use chargehand::agent::{
    assemble::{Asked, Piece},
    listen::Listener,
    model::Turn,
};

use super::report::{Row, Target, float, median, ms, timed};

/// Ways to cut each stream; together a million.
const SPLITS: usize = 250_000;
/// Events of the stream that is parsed for speed.
const EVENTS: usize = 200_000;
/// Bytes that come from the network at once.
const READ: usize = 16 * 1024;
/// Bytes a second, in millions, on one core.
const TARGET: f64 = 200.0;

/// A small generator (xorshift64*): the same splits every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
        usize::try_from(number % u64::try_from(most).unwrap()).unwrap()
    }
}

/// A turn, and what was shown of it: texts as one, since how they are cut depends on the bytes.
fn turn<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Option<Turn>, String) {
    let mut listener = Listener::default();
    let mut shown = String::new();
    let mut show = |pieces: Vec<Piece>| {
        for piece in pieces {
            match piece {
                Piece::Text(text) | Piece::Reasoning(text) => shown.push_str(&text),
                Piece::Call(tool) => shown.push_str(&format!("[{tool}]")),
                Piece::Lost(why) => shown.push_str(&format!("[lost: {why}]")),
            }
        }
    };
    for piece in pieces {
        show(listener.take(piece).unwrap().live);
    }
    show(listener.end().unwrap());
    (listener.assembly.finish(Asked::default()).ok(), shown)
}

const CHAT: &str = concat!(
    ": OPENROUTER PROCESSING\r\n\r\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n",
    "event: message\ndata: {\"choices\":[{\"delta\":{\"reasoning\":\"hm 🤔\"}}]}\r\r",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Grüße \\ud83d\\ude00\"}}]}\r\n\r\n",
    "data: {\"choices\":[\ndata: {\"delta\":{\"content\":\"😀\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"read\",\"arguments\":\"{\\\"p\\\":\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\ndata: [DONE]\n\n",
);
const CARRIAGE: &str = "\u{feff}data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\rdata:{\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\r\r";
const RESPONSES: &str = concat!(
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\"}}\n\n",
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"Hé\"}\n\n",
    "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"read\",\"arguments\":\"\"}}\n\n",
    "event: response.function_call_arguments.delta\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{}\"}\n\n",
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":3,\"output_tokens\":9}}}\n\n",
);
const DOCUMENT: &str = " {\"choices\":[{\"message\":{\"content\":\"Grüße\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}";

/// A million random splits of valid streams against the whole ones.
pub fn splits() -> Vec<Row> {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let mut differing = 0;
    let streams = [CHAT, CARRIAGE, RESPONSES, DOCUMENT];
    let (time, ()) = timed(|| {
        for stream in streams {
            let bytes = stream.as_bytes();
            let whole = turn([bytes]);
            assert!(whole.0.is_some());
            for _ in 0..SPLITS {
                let cuts = 1 + chance.below(24);
                let mut at: Vec<usize> = (0..cuts).map(|_| chance.below(bytes.len() + 1)).collect();
                at.extend([0, bytes.len()]);
                at.sort_unstable();
                let split = turn(at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]));
                differing += usize::from(split != whole);
            }
        }
    });
    vec![
        Row::shown("random splits", format!("{} in {}", SPLITS * streams.len(), ms(time))),
        Row::count("splits with another result", "", float(differing), 0.5),
    ]
}

/// A stream of ordinary events to its turn, as it is read from a socket.
pub fn speed() -> Vec<Row> {
    let text = "The quick brown fox jumps over the lazy dog twice.";
    let mut stream = String::new();
    for _ in 0..EVENTS / 5 {
        stream.push_str(&format!(
            "data: {{\"id\":\"chatcmpl-0123456789abcdefghijklmnop\",\"object\":\"chat.completion.chunk\",\"created\":1763800000,\"model\":\"gpt-5-mini-2025-08-07\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":null}}\n\n"
        ));
    }
    let events = EVENTS / 5;
    let bytes = stream.len();
    let mut times = Vec::new();
    for _ in 0..7 {
        let (time, said) = timed(|| {
            let mut listener = Listener::default();
            let mut said = 0;
            for piece in stream.as_bytes().chunks(READ) {
                said += listener.take(piece).unwrap().live.len();
            }
            said
        });
        assert!(said > 0);
        times.push(time);
    }
    let best = times.iter().min().copied().unwrap_or(Duration::MAX);
    let rate = |time: Duration| float(bytes) / time.as_secs_f64() / 1e6;
    let lines: Vec<Duration> = (0..7).map(|_| timed(|| stream.lines().count()).0).collect();
    vec![
        Row {
            what: format!("{events} events, bytes to turn"),
            figure: format!(
                "{:.0} MB/s ({:.0} in the middle of 7), {:.2} us an event",
                rate(best),
                rate(median(&times)),
                best.as_secs_f64() * 1e6 / float(events)
            ),
            limit: format!("at least {TARGET:.0} MB/s"),
            ratio: TARGET / rate(best),
            target: Target::AtMost(1.0),
        },
        Row::shown("counting its lines alone", format!("{:.0} MB/s", rate(median(&lines)))),
    ]
}
