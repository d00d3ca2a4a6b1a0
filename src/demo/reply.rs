//! What is said, in the form of the wire: chunks of a stream, or one whole completion.

use serde_json::{Value, json};

use super::{
    conversation::{Conversation, tokens},
    script::Say,
};

/// Bytes of text in one piece of a stream, about three words.
const PIECE: usize = 16;
/// Bytes of a call's arguments in one piece.
const ARGUMENT_PIECE: usize = 48;
/// Tokens are cached in blocks of this many.
const CACHE_BLOCK: u64 = 128;

/// A turn, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    model: String,
    say: Say,
    calls: Vec<Named>,
    usage: Value,
}

/// A call with its id on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    id: String,
    tool: String,
    arguments: String,
}

/// The sizes that usage figures come from, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The request's body.
    pub request: usize,
    /// What of it was the same, from its first byte on, in an earlier request.
    pub known: usize,
}

impl Reply {
    /// Names the calls (unique in the conversation, and the same whenever it is the same) and
    /// counts.
    pub fn new(say: Say, conversation: &Conversation, sizes: Sizes) -> Self {
        let calls: Vec<Named> = say
            .calls
            .iter()
            .zip(conversation.calls + 1..)
            .map(|(call, number)| Named {
                id: format!("call_{number}"),
                tool: call.tool.clone(),
                arguments: call.raw.clone().unwrap_or_else(|| match &call.arguments {
                    Value::Null => "{}".to_owned(),
                    arguments => arguments.to_string(),
                }),
            })
            .collect();
        let spoken: usize = calls.iter().map(|call| call.tool.len() + call.arguments.len()).sum();
        let reasoning = tokens(say.reasoning.len());
        let output = (tokens(say.text.len() + spoken) + reasoning).max(1);
        let input = tokens(sizes.request).max(1);
        let cached = (tokens(sizes.known).min(input) / CACHE_BLOCK) * CACHE_BLOCK;
        let usage = json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens_details": { "reasoning_tokens": reasoning },
        });
        Self { model: conversation.model.clone(), say, calls, usage }
    }

    fn finish(&self) -> &str {
        match &self.say.finish {
            Some(reason) => reason,
            None if self.calls.is_empty() => "stop",
            None => "tool_calls",
        }
    }

    /// The events of a stream, one `data:` line each, `[DONE]` last.
    pub fn events(&self, with_usage: bool) -> Vec<Vec<u8>> {
        let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
        for piece in pieces(&self.say.reasoning, PIECE) {
            deltas.push(json!({ "reasoning_content": piece }));
        }
        for piece in pieces(&self.say.text, PIECE) {
            deltas.push(json!({ "content": piece }));
        }
        for (index, call) in self.calls.iter().enumerate() {
            let opening = json!({ "name": call.tool, "arguments": "" });
            deltas.push(json!({ "tool_calls": [
                { "index": index, "id": call.id, "type": "function", "function": opening }
            ] }));
            for piece in pieces(&call.arguments, ARGUMENT_PIECE) {
                let more = json!({ "arguments": piece });
                deltas.push(json!({ "tool_calls": [{ "index": index, "function": more }] }));
            }
        }
        let mut chunks: Vec<Value> = deltas
            .into_iter()
            .map(|delta| json!([{ "index": 0, "delta": delta, "finish_reason": null }]))
            .chain([json!([{ "index": 0, "delta": {}, "finish_reason": self.finish() }])])
            .map(|choices| self.chunk(&choices))
            .collect();
        if with_usage {
            let mut chunk = self.chunk(&json!([]));
            chunk["usage"] = self.usage.clone();
            chunks.push(chunk);
        }
        chunks
            .into_iter()
            .map(|chunk| format!("data: {chunk}\n\n").into_bytes())
            .chain([b"data: [DONE]\n\n".to_vec()])
            .collect()
    }

    fn chunk(&self, choices: &Value) -> Value {
        json!({
            "id": "chatcmpl-demo",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": self.model,
            "choices": choices,
        })
    }

    /// The same as one object, for a request without `stream`.
    pub fn whole(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.say.text });
        if !self.say.reasoning.is_empty() {
            message["reasoning_content"] = json!(self.say.reasoning);
        }
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|call| {
                let function = json!({ "name": call.tool, "arguments": call.arguments });
                json!({ "id": call.id, "type": "function", "function": function })
            });
            message["tool_calls"] = calls.collect();
        }
        json!({
            "id": "chatcmpl-demo",
            "object": "chat.completion",
            "created": 0,
            "model": self.model,
            "choices": [{ "index": 0, "message": message, "finish_reason": self.finish() }],
            "usage": self.usage,
        })
    }
}

/// A text in pieces of at least so many bytes (the last may be shorter), cut between characters.
fn pieces(text: &str, bytes: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut cut = bytes.min(rest.len());
        while !rest.is_char_boundary(cut) {
            cut += 1;
        }
        let (piece, after) = rest.split_at(cut);
        found.push(piece);
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::script::Call, *};

    fn reply(say: Say) -> Reply {
        let conversation = Conversation { model: "m".into(), calls: 2, ..Conversation::default() };
        Reply::new(say, &conversation, Sizes { request: 4_000, known: 2_000 })
    }

    fn read_call() -> Call {
        Call { tool: "read".into(), arguments: json!({ "path": "a" }), raw: None }
    }

    #[test]
    fn a_stream_has_role_text_calls_reason_usage_and_end() {
        let say = Say { text: "Look.".into(), calls: vec![read_call()], ..Say::default() };
        let text = String::from_utf8(reply(say).events(true).concat()).unwrap();
        let text = text.replace("\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"m\",", "");
        insta::assert_snapshot!(text, @r#"
        data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

        data: {"choices":[{"index":0,"delta":{"content":"Look."},"finish_reason":null}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_3","type":"function","function":{"name":"read","arguments":""}}]},"finish_reason":null}]}

        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"path\":\"a\"}"}}]},"finish_reason":null}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: {"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":6,"total_tokens":1006,"prompt_tokens_details":{"cached_tokens":384},"completion_tokens_details":{"reasoning_tokens":0}}}

        data: [DONE]
        "#);
    }

    #[test]
    fn a_finish_reason_of_the_script_wins() {
        let say = Say { text: "x".into(), finish: Some("length".into()), ..Say::default() };
        assert_eq!(reply(say).whole()["choices"][0]["finish_reason"], "length");
    }

    #[test]
    fn raw_arguments_go_out_letter_for_letter() {
        let call = Call { raw: Some("{\"path\": ".into()), ..read_call() };
        let whole = reply(Say { calls: vec![call], ..Say::default() }).whole();
        let call = &whole["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"]["arguments"], "{\"path\": ");
        assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
    }

    #[test]
    fn pieces_are_cut_between_characters_and_lose_nothing() {
        let text = "größer als je zuvor, und länger";
        let found = pieces(text, 3);
        assert_eq!(found.concat(), text);
        assert!(found.len() > 8);
    }
}
