"""Serves gRPC's interoperability test service with Python's grpcio, until standard input ends.

Usage: interop_server.py [--cert FILE --key FILE [--client-ca FILE]]

Prints the port as its first line.
"""

import argparse
import sys
import time
from concurrent import futures

from protos import empty_pb2, messages_pb2, test_pb2_grpc

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def payload(size):
    return messages_pb2.Payload(body=bytes(size))


def echo_metadata(context):
    for key, value in context.invocation_metadata():
        if key == "x-grpc-test-echo-initial":
            context.send_initial_metadata(((key, value),))
        elif key == "x-grpc-test-echo-trailing-bin":
            context.set_trailing_metadata(((key, value),))


def check_status(status, context):
    if status.code:
        codes = {code.value[0]: code for code in grpc.StatusCode}
        context.abort(codes[status.code], status.message)


class TestService(test_pb2_grpc.TestServiceServicer):
    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        echo_metadata(context)
        check_status(request.response_status, context)
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        return messages_pb2.SimpleResponse(payload=payload(request.response_size))

    CacheableUnaryCall = UnaryCall

    def StreamingOutputCall(self, request, context):
        context.set_compression(grpc.Compression.Gzip)
        yield from self.answer(request, context)

    def StreamingInputCall(self, requests, context):
        size = sum(len(request.payload.body) for request in requests)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=size)

    def FullDuplexCall(self, requests, context):
        echo_metadata(context)
        for request in requests:
            yield from self.answer(request, context)

    def HalfDuplexCall(self, requests, context):
        for request in list(requests):
            yield from self.answer(request, context)

    @staticmethod
    def answer(request, context):
        check_status(request.response_status, context)
        for parameters in request.response_parameters:
            time.sleep(parameters.interval_us / 1e6)
            if not parameters.compressed.value:
                context.disable_next_message_compression()
            yield messages_pb2.StreamingOutputCallResponse(payload=payload(parameters.size))


def add_port(server, arguments):
    if arguments.cert is None:
        return server.add_insecure_port("127.0.0.1:0")

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    client_ca = read(arguments.client_ca) if arguments.client_ca else None
    credentials = grpc.ssl_server_credentials(
        [(read(arguments.key), read(arguments.cert))], client_ca, require_client_auth=client_ca is not None)
    return server.add_secure_port("127.0.0.1:0", credentials)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--client-ca")
    arguments = parser.parse_args()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    test_pb2_grpc.add_TestServiceServicer_to_server(TestService(), server)
    health_service = health.HealthServicer()
    health_service.set("grpc.testing.TestService", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health_service, server)
    port = add_port(server, arguments)
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main()
