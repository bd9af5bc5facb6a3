"""Runs the cases of gRPC's interoperability specification against a server, with Python's grpcio.

Usage: interop_client.py ADDRESS [--ca FILE] [--override NAME] [--case NAME]...

Prints one line a case, and exits with 1 if any has failed.
"""

import argparse
import sys
import traceback


from protos import empty_pb2, messages_pb2, test_pb2_grpc

import grpc

LARGE_REQUEST = 271828
LARGE_RESPONSE = 314159
STREAM_REQUESTS = [27182, 8, 1828, 45904]
STREAM_RESPONSES = [31415, 9, 2653, 58979]
TIMEOUT = 20


class Failed(Exception):
    """A case did not go as the specification says."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def expect_status(code, body):
    """Runs `body`, which is to fail with the status `code`; the error."""
    try:
        body()
    except grpc.RpcError as error:
        expect(error.code() == code, f"expected {code}, got {error.code()}: {error.details()}")
        return error
    raise Failed(f"expected {code}, but the call succeeded")


def payload(size):
    return messages_pb2.Payload(body=bytes(size))


def large_request(**fields):
    return messages_pb2.SimpleRequest(response_size=LARGE_RESPONSE, payload=payload(LARGE_REQUEST), **fields)


def empty_unary(stub):
    response = stub.EmptyCall(empty_pb2.Empty(), timeout=TIMEOUT)
    expect(response == empty_pb2.Empty(), "the answer is not empty")


def large_unary(stub):
    response = stub.UnaryCall(large_request(), timeout=TIMEOUT)
    expect(len(response.payload.body) == LARGE_RESPONSE, "the payload has the wrong size")


def cacheable_unary(stub):
    request = messages_pb2.SimpleRequest(payload=messages_pb2.Payload(body=b"1234567890"))
    metadata = (("x-user-ip", "1.2.3.4"),)
    first = stub.CacheableUnaryCall(request, timeout=TIMEOUT, metadata=metadata)
    second = stub.CacheableUnaryCall(request, timeout=TIMEOUT, metadata=metadata)
    expect(first == second, "the answers differ")


def client_compressed_unary(stub):
    expected = messages_pb2.BoolValue(value=True)
    expect_status(
        grpc.StatusCode.INVALID_ARGUMENT,
        lambda: stub.UnaryCall(large_request(expect_compressed=expected), timeout=TIMEOUT))
    response = stub.UnaryCall(
        large_request(expect_compressed=expected), timeout=TIMEOUT, compression=grpc.Compression.Gzip)
    expect(len(response.payload.body) == LARGE_RESPONSE, "the payload has the wrong size")
    response = stub.UnaryCall(
        large_request(expect_compressed=messages_pb2.BoolValue(value=False)), timeout=TIMEOUT)
    expect(len(response.payload.body) == LARGE_RESPONSE, "the payload has the wrong size")


def server_compressed_unary(stub):
    for compressed in (True, False):
        request = large_request(response_compressed=messages_pb2.BoolValue(value=compressed))
        response = stub.UnaryCall(request, timeout=TIMEOUT)
        expect(len(response.payload.body) == LARGE_RESPONSE, "the payload has the wrong size")


def client_streaming(stub):
    requests = (messages_pb2.StreamingInputCallRequest(payload=payload(size)) for size in STREAM_REQUESTS)
    response = stub.StreamingInputCall(requests, timeout=TIMEOUT)
    expect(response.aggregated_payload_size == sum(STREAM_REQUESTS), "the sum is wrong")


def client_compressed_streaming(stub):
    def requests(compressed):
        yield messages_pb2.StreamingInputCallRequest(
            payload=payload(27182), expect_compressed=messages_pb2.BoolValue(value=True))
        if compressed:
            yield messages_pb2.StreamingInputCallRequest(
                payload=payload(45904), expect_compressed=messages_pb2.BoolValue(value=False))

    expect_status(
        grpc.StatusCode.INVALID_ARGUMENT, lambda: stub.StreamingInputCall(requests(False), timeout=TIMEOUT))
    response = stub.StreamingInputCall(requests(True), timeout=TIMEOUT, compression=grpc.Compression.Gzip)
    expect(response.aggregated_payload_size == 73086, "the sum is wrong")


def output_request(sizes, compressed=()):
    request = messages_pb2.StreamingOutputCallRequest()
    for index, size in enumerate(sizes):
        parameters = request.response_parameters.add(size=size)
        if compressed:
            parameters.compressed.value = compressed[index]
    return request


def server_streaming(stub):
    responses = stub.StreamingOutputCall(output_request(STREAM_RESPONSES), timeout=TIMEOUT)
    sizes = [len(response.payload.body) for response in responses]
    expect(sizes == STREAM_RESPONSES, f"the payloads have the sizes {sizes}")


def server_compressed_streaming(stub):
    responses = stub.StreamingOutputCall(output_request([31415, 92653], [True, False]), timeout=TIMEOUT)
    sizes = [len(response.payload.body) for response in responses]
    expect(sizes == [31415, 92653], f"the payloads have the sizes {sizes}")


class Requests:
    """An iterator of requests that are put in one by one."""

    def __init__(self):
        import queue
        self.queue = queue.Queue()

    def put(self, request):
        self.queue.put(request)

    def __iter__(self):
        return self

    def __next__(self):
        request = self.queue.get()
        if request is None:
            raise StopIteration
        return request


def ping_pong_request(request_size, response_size):
    request = messages_pb2.StreamingOutputCallRequest(payload=payload(request_size))
    request.response_parameters.add(size=response_size)
    return request


def ping_pong(stub):
    requests = Requests()
    responses = stub.FullDuplexCall(requests, timeout=TIMEOUT)
    for request_size, response_size in zip(STREAM_REQUESTS, STREAM_RESPONSES):
        requests.put(ping_pong_request(request_size, response_size))
        response = next(responses)
        expect(len(response.payload.body) == response_size, "a payload has the wrong size")
    requests.put(None)
    expect(list(responses) == [], "there are more responses than requests")


def half_duplex(stub):
    requests = [ping_pong_request(*sizes) for sizes in zip(STREAM_REQUESTS, STREAM_RESPONSES)]
    sizes = [len(response.payload.body) for response in stub.HalfDuplexCall(iter(requests), timeout=TIMEOUT)]
    expect(sizes == STREAM_RESPONSES, f"the payloads have the sizes {sizes}")


def empty_stream(stub):
    expect(list(stub.FullDuplexCall(iter(()), timeout=TIMEOUT)) == [], "there are responses")


def custom_metadata(stub):
    metadata = (
        ("x-grpc-test-echo-initial", "test_initial_metadata_value"),
        ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"),
    )

    def check(call):
        initial = dict(call.initial_metadata())
        trailing = dict(call.trailing_metadata())
        expect(initial.get(metadata[0][0]) == metadata[0][1], f"the initial metadata is {initial}")
        expect(trailing.get(metadata[1][0]) == metadata[1][1], f"the trailing metadata is {trailing}")

    request = messages_pb2.SimpleRequest(response_size=1, payload=payload(1))
    _, call = stub.UnaryCall.with_call(request, timeout=TIMEOUT, metadata=metadata)
    check(call)
    call = stub.FullDuplexCall(iter((ping_pong_request(1, 1),)), timeout=TIMEOUT, metadata=metadata)
    expect(len(list(call)) == 1, "there is not one response")
    check(call)


def status_code_and_message(stub):
    check_status(stub, "test status message")


def special_status_message(stub):
    message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \U0001F608\t\n"
    status = messages_pb2.EchoStatus(code=2, message=message)
    error = expect_status(
        grpc.StatusCode.UNKNOWN,
        lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=TIMEOUT))
    expect(error.details() == message, f"the message is {error.details()!r}")


def check_status(stub, message):
    status = messages_pb2.EchoStatus(code=2, message=message)
    error = expect_status(
        grpc.StatusCode.UNKNOWN,
        lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=TIMEOUT))
    expect(error.details() == message, f"the message is {error.details()!r}")
    request = messages_pb2.StreamingOutputCallRequest(response_status=status)
    error = expect_status(
        grpc.StatusCode.UNKNOWN, lambda: list(stub.FullDuplexCall(iter((request,)), timeout=TIMEOUT)))
    expect(error.details() == message, f"the message is {error.details()!r}")


def unimplemented_method(stub):
    expect_status(grpc.StatusCode.UNIMPLEMENTED, lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=TIMEOUT))


def unimplemented_service(stub):
    other = test_pb2_grpc.UnimplementedServiceStub(stub.channel)
    expect_status(grpc.StatusCode.UNIMPLEMENTED, lambda: other.UnimplementedCall(empty_pb2.Empty(), timeout=TIMEOUT))


def cancel_after_begin(stub):
    call = stub.StreamingInputCall.future(Requests(), timeout=TIMEOUT)
    call.cancel()
    expect(call.cancelled(), "the call is not cancelled")
    expect(call.code() == grpc.StatusCode.CANCELLED, f"the status is {call.code()}")


def cancel_after_first_response(stub):
    requests = Requests()
    requests.put(ping_pong_request(27182, 31415))
    responses = stub.FullDuplexCall(requests, timeout=TIMEOUT)
    expect(len(next(responses).payload.body) == 31415, "the payload has the wrong size")
    responses.cancel()
    expect_status(grpc.StatusCode.CANCELLED, lambda: next(responses))


def timeout_on_sleeping_server(stub):
    requests = Requests()
    requests.put(messages_pb2.StreamingOutputCallRequest(payload=payload(27182)))
    responses = stub.FullDuplexCall(requests, timeout=0.001)
    expect_status(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(responses))


CASES = [
    empty_unary, large_unary, cacheable_unary, client_compressed_unary, server_compressed_unary, client_streaming,
    client_compressed_streaming, server_streaming, server_compressed_streaming, ping_pong, half_duplex, empty_stream,
    custom_metadata, status_code_and_message, special_status_message, unimplemented_method, unimplemented_service,
    cancel_after_begin, cancel_after_first_response, timeout_on_sleeping_server,
]


def open_channel(arguments):
    if arguments.ca is None:
        return grpc.insecure_channel(arguments.address)
    with open(arguments.ca, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    options = (("grpc.ssl_target_name_override", arguments.override),) if arguments.override else ()
    return grpc.secure_channel(arguments.address, credentials, options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--ca")
    parser.add_argument("--override")
    parser.add_argument("--case", action="append")
    arguments = parser.parse_args()
    failures = 0
    with open_channel(arguments) as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        stub.channel = channel
        for case in CASES:
            if arguments.case and case.__name__ not in arguments.case:
                continue
            try:
                case(stub)
                print(f"ok {case.__name__}", flush=True)
            except Exception:
                failures += 1
                print(f"FAILED {case.__name__}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
