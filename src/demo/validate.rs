//! The strictest reading of a chat request that some real server has: what passes here passes
//! anywhere. A client that is sloppy with its history is found out by the demo, not by a user.

use std::collections::BTreeSet;

use serde_json::Value;

use super::conversation::list;

/// Checks a request body; the error is what stands in the 400 answer.
pub fn validate(body: &Value) -> Result<(), String> {
    if !body.is_object() {
        return Err("the body is not a JSON object".to_owned());
    }
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err("`model` is missing".to_owned());
    }
    let tools = tool_names(&body["tools"])?;
    let choice = &body["tool_choice"];
    if tools.is_empty() && !choice.is_null() && choice != "none" {
        return Err("`tool_choice` is given without `tools`".to_owned());
    }
    for field in ["max_tokens", "max_completion_tokens"] {
        if !body[field].is_null() && body[field].as_u64().is_none_or(|tokens| tokens == 0) {
            return Err(format!("`{field}` is not a positive whole number"));
        }
    }
    messages(list(&body["messages"]))
}

fn tool_names(tools: &Value) -> Result<BTreeSet<&str>, String> {
    let mut names = BTreeSet::new();
    if tools.as_array().is_some_and(Vec::is_empty) {
        return Err("`tools` is an empty array; leave it out instead".to_owned());
    }
    for (at, tool) in list(tools).iter().enumerate() {
        let name = tool["function"]["name"].as_str().unwrap_or_default();
        let sound = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if tool["type"] != "function" || !sound {
            return Err(format!("tools[{at}] is not a function with a name of A-Z a-z 0-9 _ -"));
        }
        if !names.insert(name) {
            return Err(format!("the tool `{name}` is offered twice"));
        }
        if tool["function"]["parameters"]["type"] != "object" {
            return Err(format!("the parameters of `{name}` are not a schema of an object"));
        }
    }
    Ok(names)
}

fn messages(messages: &[Value]) -> Result<(), String> {
    let Some(last) = messages.last() else {
        return Err("`messages` is missing or empty".to_owned());
    };
    // Ids of all calls so far, and those of the latest turn that still want a result.
    let mut ids = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let at_fault = |what: String| format!("messages[{at}]: {what}");
        let fault = |what: String| Err(at_fault(what));
        let role = message["role"].as_str().unwrap_or_default();
        if role != "tool" && !open.is_empty() {
            return fault(format!("the call `{}` has no result yet", open.join("`, `")));
        }
        match role {
            "system" | "developer" if at > 0 => {
                return fault("only the first message may be the system's".to_owned());
            }
            "system" | "developer" | "user" if is_empty(&message["content"]) => {
                return fault(format!("the content of the {role} message is empty"));
            }
            "system" | "developer" | "user" => {}
            "assistant" => {
                let calls = list(&message["tool_calls"]);
                if message["tool_calls"].is_array() && calls.is_empty() {
                    return fault("`tool_calls` is an empty array".to_owned());
                }
                if calls.is_empty() && is_empty(&message["content"]) {
                    return fault("the assistant's message has neither text nor calls".to_owned());
                }
                for call in calls {
                    let id = call_id(call).map_err(at_fault)?;
                    if !ids.insert(id) {
                        return fault(format!("the call id `{id}` is used twice"));
                    }
                    open.push(id);
                }
            }
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                let Some(place) = open.iter().position(|one| *one == id) else {
                    return fault(format!("the result `{id}` answers no open call"));
                };
                open.remove(place);
                if !message["content"].is_string() {
                    return fault("the result's content is not a text".to_owned());
                }
            }
            other => return fault(format!("`{other}` is not a role")),
        }
    }
    if !open.is_empty() {
        return Err(format!("the call `{}` has no result", open.join("`, `")));
    }
    match last["role"].as_str() {
        Some("user" | "tool") => Ok(()),
        Some(_) | None => Err("the last message is neither the user's nor a result".to_owned()),
    }
}

/// The id of a sound call. Arguments that are not JSON are refused, because the templates of
/// several servers parse the whole history again.
fn call_id(call: &Value) -> Result<&str, String> {
    let id = call["id"].as_str().unwrap_or_default();
    if id.is_empty() {
        return Err("a call has no id".to_owned());
    }
    if call["type"] != "function" {
        return Err(format!("the type of the call `{id}` is not `function`"));
    }
    if call["function"]["name"].as_str().is_none_or(str::is_empty) {
        return Err(format!("the call `{id}` names no function"));
    }
    let Some(arguments) = call["function"]["arguments"].as_str() else {
        return Err(format!("the arguments of the call `{id}` are not a text"));
    };
    if serde_json::from_str::<serde_json::Map<String, Value>>(arguments).is_err() {
        return Err(format!("the arguments of the call `{id}` are not a JSON object"));
    }
    Ok(id)
}

fn is_empty(content: &Value) -> bool {
    match content {
        Value::String(text) => text.is_empty(),
        Value::Array(parts) => parts.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(id: &str) -> Value {
        json!({ "id": id, "type": "function", "function": { "name": "read", "arguments": "{}" } })
    }

    fn said(id: &str) -> Value {
        json!({ "role": "assistant", "content": null, "tool_calls": [call(id)] })
    }

    fn result(id: &str) -> Value {
        json!({ "role": "tool", "tool_call_id": id, "content": "x" })
    }

    fn user() -> Value {
        json!({ "role": "user", "content": "go" })
    }

    fn of(messages: &[Value]) -> Result<(), String> {
        validate(&json!({ "model": "m", "messages": messages }))
    }

    fn refused(messages: &[Value]) -> String {
        of(messages).unwrap_err()
    }

    #[test]
    fn a_sound_history_passes() {
        let system = json!({ "role": "system", "content": "rules" });
        let text = json!({ "role": "assistant", "content": "hm" });
        assert_eq!(
            of(&[system, user(), said("a"), result("a"), text, user(), said("b"), result("b")]),
            Ok(())
        );
    }

    #[test]
    fn a_call_without_its_result_is_refused() {
        insta::assert_snapshot!(refused(&[user(), said("a")]), @"the call `a` has no result");
        insta::assert_snapshot!(
            refused(&[user(), said("a"), user()]),
            @"messages[2]: the call `a` has no result yet"
        );
    }

    #[test]
    fn a_result_without_its_call_is_refused() {
        insta::assert_snapshot!(
            refused(&[user(), said("a"), result("b")]),
            @"messages[2]: the result `b` answers no open call"
        );
        insta::assert_snapshot!(
            refused(&[user(), said("a"), result("a"), result("a")]),
            @"messages[3]: the result `a` answers no open call"
        );
    }

    #[test]
    fn a_call_id_used_twice_is_refused() {
        insta::assert_snapshot!(
            refused(&[user(), said("a"), result("a"), said("a"), result("a")]),
            @"messages[3]: the call id `a` is used twice"
        );
    }

    #[test]
    fn an_empty_assistant_message_is_refused() {
        for content in [json!(""), json!(null), json!([])] {
            let text =
                refused(&[user(), json!({ "role": "assistant", "content": content }), user()]);
            assert_eq!(text, "messages[1]: the assistant's message has neither text nor calls");
        }
    }

    #[test]
    fn arguments_that_are_not_a_json_object_are_refused() {
        for arguments in ["", "{", "[]", "null"] {
            let mut call = call("a");
            call["function"]["arguments"] = json!(arguments);
            let said = json!({ "role": "assistant", "tool_calls": [call] });
            let text = refused(&[user(), said, result("a")]);
            assert!(text.ends_with("are not a JSON object"), "{text}");
        }
    }

    #[test]
    fn a_late_system_message_or_a_last_word_of_the_assistant_is_refused() {
        let system = json!({ "role": "system", "content": "rules" });
        assert!(refused(&[user(), system]).contains("only the first message"));
        let text = json!({ "role": "assistant", "content": "hm" });
        assert!(refused(&[user(), text]).contains("the last message"));
    }

    #[test]
    fn tools_are_named_once_soundly_and_with_an_object_schema() {
        let tool = |name: &str, kind: &str| json!({ "type": "function", "function": { "name": name, "parameters": { "type": kind } } });
        let with =
            |tools: Value| validate(&json!({ "model": "m", "messages": [user()], "tools": tools }));
        assert_eq!(with(json!([tool("read", "object")])), Ok(()));
        assert!(with(json!([tool("read", "object"), tool("read", "object")])).is_err());
        assert!(with(json!([tool("re ad", "object")])).is_err());
        assert!(with(json!([tool("read", "string")])).is_err());
        assert!(with(json!([])).is_err());
    }

    #[test]
    fn a_choice_of_tool_needs_tools_and_a_model_needs_a_name() {
        let body = json!({ "model": "m", "messages": [user()], "tool_choice": "required" });
        assert!(validate(&body).is_err());
        assert!(validate(&json!({ "messages": [user()] })).is_err());
        assert!(validate(&json!("x")).is_err());
        let body = json!({ "model": "m", "messages": [user()], "max_tokens": 0 });
        assert!(validate(&body).is_err());
    }
}
