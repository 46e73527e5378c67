"""Streams as real servers write them, byte for byte but for lengths: what each one calls a token is found in its own form."""

from ftbench.load.response import decode
from ftbench.load.tokens import Answer, read_answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def read(*lines: str, end: str = "\n\n") -> Answer:
    """Each line comes 1 ms after the one before it; the head at 0."""
    blocks = [HEAD, *[(line + end).encode() for line in lines]]
    return read_answer(decode(blocks, [k * 1_000_000 for k in range(len(blocks))]).events)


def test_vllm_with_usage_in_every_chunk():
    def chunk(delta: str, n: int, finish: str = "null") -> str:
        usage = f'{{"prompt_tokens":12,"total_tokens":{12 + n},"completion_tokens":{n}}}'
        choice = f'{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}'
        return f'data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{choice}],"usage":{usage}}}'

    answer = read(
        chunk('{"role":"assistant","content":""}', 0),
        chunk('{"content":"One two"}', 3),
        chunk('{"content":" three"}', 4),
        chunk('{"content":""}', 5, '"stop"'),
        'data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":12,"total_tokens":17,"completion_tokens":5}}',
        "data: [DONE]",
    )
    assert (answer.prompt_tokens, answer.output_tokens, answer.first_chunk_tokens, answer.chunks) == (12, 5, 3, 2)
    assert answer.first_ns == 2_000_000 and answer.finish_reason == "stop" and answer.text == "One two three"


def test_vllm_reasoning_then_answer():
    answer = read(
        'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}',
        'data: {"choices":[{"index":0,"delta":{"reasoning":"Hm","reasoning_content":"Hm"},"finish_reason":null}]}',
        'data: {"choices":[{"index":0,"delta":{"content":"Yes"},"finish_reason":null}]}',
        'data: {"choices":[{"index":0,"delta":{"content":"."},"finish_reason":"length"}]}',
        'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}',
    )
    assert answer.first_ns == 2_000_000 and answer.last_ns == 4_000_000 and answer.text == "Yes."
    assert (answer.output_tokens, answer.chunks, answer.finish_reason) == (3, 3, "length")


def test_tgi_says_the_role_in_every_chunk_and_has_usage_null():
    def chunk(content: str, finish: str = "null") -> str:
        delta = f'{{"role":"assistant","content":"{content}"}}'
        return f'data: {{"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}],"usage":null}}'

    usage = 'data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}'
    answer = read(chunk("a"), chunk(""), chunk("b"), chunk("", '"stop"'), usage, "data: [DONE]")
    assert (answer.output_tokens, answer.first_chunk_tokens, answer.last_ns) == (4, 1, 4_000_000)  # a silent token, and the end of the text


def test_tgi_fails_inside_its_stream():
    answer = read('data:{"error":"Request failed during generation: Server error: out of memory","error_type":"generation"}')
    assert answer.problem[0] == "http_5xx"


def test_old_vllm_fails_inside_its_stream():
    assert read('data: {"object":"error","message":"too long","type":"BadRequestError","code":400}').problem[0] == "http_4xx"


def test_sglang_nulls_and_a_finish_reason_in_a_chunk_of_its_own():
    def chunk(content: str, finish: str = "null") -> str:
        delta = f'{{"role":null,"content":{content},"reasoning_content":null,"tool_calls":null}}'
        return f'data: {{"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish},"matched_stop":null}}],"usage":null}}'

    answer = read(
        chunk('""').replace('"role":null', '"role":"assistant"'),
        chunk('"a"'),
        chunk('"b"'),
        chunk("null", '"length"'),
        'data: {"choices":[],"usage":{"prompt_tokens":3,"total_tokens":5,"completion_tokens":2,"prompt_tokens_details":null}}',
        "data: [DONE]",
    )
    assert (answer.output_tokens, answer.first_chunk_tokens, answer.first_ns, answer.last_ns) == (2, 1, 2_000_000, 3_000_000)


def test_llama_cpp_counts_in_its_timings():
    answer = read(
        'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}',
        'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"a"}}]}',
        'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"b"}}]}',
        'data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"timings":{"cache_n":6,"prompt_n":2'
        ',"predicted_n":3,"predicted_ms":9.5}}',
        "data: [DONE]",
    )
    assert (answer.prompt_tokens, answer.output_tokens, answer.token_count_source, answer.last_ns) == (8, 3, "usage", 4_000_000)


def test_llama_cpp_timings_without_the_cache_do_not_say_how_long_the_prompt_was():
    answer = read('data: {"choices":[{"finish_reason":"stop","index":0,"delta":{"content":"a"}}],"timings":{"prompt_n":2,"predicted_n":1}}')
    assert answer.prompt_tokens is None and answer.output_tokens == 1


def test_llama_cpp_timings_per_token_count_along():
    def chunk(content: str, n: int, finish: str = "null") -> str:
        choice = f'{{"finish_reason":{finish},"index":0,"delta":{{"content":"{content}"}}}}'
        return f'data: {{"choices":[{choice}],"timings":{{"predicted_n":{n}}}}}'

    answer = read(chunk("ab", 2), chunk("c", 3), chunk("defg", 7, '"length"'))
    assert (answer.output_tokens, answer.first_chunk_tokens) == (7, 2)


def test_azure_begins_with_a_filter_and_no_choice():
    answer = read(
        'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0'
        ',"content_filter_results":{}}]}',
        'data: {"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"}'
        ',"finish_reason":null,"index":0}]}',
        'data: {"choices":[{"content_filter_results":{"hate":{"filtered":false}},"delta":{"content":"a"},"finish_reason":null,"index":0}]}',
        'data: {"choices":[{"content_filter_offsets":{"check_offset":1},"content_filter_results":{},"finish_reason":null,"index":0}]}',
        'data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0}]}',
        'data: {"choices":[],"usage":{"completion_tokens":1,"prompt_tokens":9,"total_tokens":10}}',
        "data: [DONE]",
    )
    assert (answer.chunks, answer.first_ns, answer.output_tokens, answer.finish_reason) == (1, 3_000_000, 1, "stop")


def test_openrouter_keeps_the_line_open_with_comments():
    answer = read(
        ": OPENROUTER PROCESSING",
        ": OPENROUTER PROCESSING",
        'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":null}]}',
        'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"b"},"finish_reason":"stop"}]}',
    )
    assert answer.first_ns == 3_000_000 and answer.chunks == 2


def test_openrouter_fails_inside_its_stream():
    choice = '{"index":0,"delta":{"content":""},"finish_reason":"error"}'
    assert read(f'data: {{"error":{{"code":502,"message":"Provider disconnected"}},"choices":[{choice}]}}').problem[0] == "http_5xx"


def test_carriage_returns_and_line_feeds():
    chunk = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":%s}]}'
    answer = read(chunk % "null", ": ping", chunk % '"length"', "data: [DONE]", end="\r\n\r\n")
    assert answer.chunks == 2 and answer.visible_ns == (1_000_000, 3_000_000)


def test_mistral_writes_parts():
    part = '{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}'
    answer = read(
        f'data: {{"choices":[{{"index":0,"delta":{{"content":[{part}]}},"finish_reason":null}}]}}',
        'data: {"choices":[{"index":0,"delta":{"content":"Yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3'
        ',"completion_tokens":2}}',
    )
    assert answer.chunks == 2 and answer.output_tokens == 2 and answer.text == "Yes"


def test_calls_of_functions_old_and_new_are_tokens_and_no_answer():
    call = '{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\""}}]},"finish_reason":null}'
    old = '{"index":0,"delta":{"function_call":{"arguments":"x"}},"finish_reason":"function_call"}'
    answer = read(f'data: {{"choices":[{call}]}}', f'data: {{"choices":[{old}]}}')
    assert answer.chunks == 2 and answer.text == ""


def test_completions_of_text():
    answer = read(
        'data: {"id":"cmpl-1","object":"text_completion","choices":[{"index":0,"text":" one","logprobs":null'
        ',"finish_reason":null,"stop_reason":null}],"usage":null}',
        'data: {"id":"cmpl-1","object":"text_completion","choices":[{"index":0,"text":" two","logprobs":null'
        ',"finish_reason":"length","stop_reason":null}],"usage":null}',
        'data: {"id":"cmpl-1","object":"text_completion","choices":[],"usage":{"prompt_tokens":2,"total_tokens":4,"completion_tokens":2}}',
        "data: [DONE]",
    )
    assert (answer.text, answer.output_tokens, answer.first_chunk_tokens, answer.last_ns) == (" one two", 2, 1, 2_000_000)


def test_counts_that_no_column_can_hold_are_no_counts():
    """A broken server must not stop the whole run from being written."""
    answer = read(
        'data: {"choices":[{"delta":{"content":"a"},"finish_reason":["stop"]}],"usage":{"prompt_tokens":1e400'
        ',"completion_tokens":99999999999}}',
        'data: {"choices":[{"delta":{},"finish_reason":"\\ud83d"}]}',
    )
    assert (answer.prompt_tokens, answer.output_tokens, answer.token_count_source, answer.finish_reason) == (None, 1, "chunks", "?")
