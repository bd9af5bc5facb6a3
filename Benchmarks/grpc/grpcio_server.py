"""The benchmark's echo service on Python's grpcio. Usage: grpcio_server.py PORT"""

import sys
from concurrent import futures

import grpc


class EchoHandler(grpc.GenericRpcHandler):
    """Echoes bytes; parsing messages in Python would only make it slower."""

    def service(self, details):
        if details.method.endswith("/Unary"):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)
        return grpc.stream_stream_rpc_method_handler(lambda requests, context: requests)


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64))
    server.add_generic_rpc_handlers((EchoHandler(),))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
