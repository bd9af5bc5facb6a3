"""A collector of OpenTelemetry's own making: takes spans over gRPC by the published messages, and writes each as a line of JSON.

otlp_collector.py FILE [--port N] [--certificate FILE --key FILE] [--header NAME=VALUE] [--delay SECONDS] [--refuse N]

Prints its port. Calls without the header are refused; the first N calls are answered UNAVAILABLE, asking for a wait of 50 ms; others are
answered after the delay.
"""

import argparse
import json
import sys
import time
from concurrent import futures

import grpc
from google.protobuf import any_pb2, duration_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--header")
parser.add_argument("--delay", type=float, default=0)
parser.add_argument("--refuse", type=int, default=0)
options = parser.parse_args()


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(element) for element in any_value.array_value.values]
    return getattr(any_value, kind)


def attributes(pairs):
    return {pair.key: value(pair.value) for pair in pairs}


def retry_info(milliseconds):
    """google.rpc.Status with a google.rpc.RetryInfo, written by hand: field 3 is the details, field 1 of RetryInfo the delay."""
    delay = duration_pb2.Duration(nanos=milliseconds * 1_000_000).SerializeToString()
    info = bytes([0x0A, len(delay)]) + delay
    detail = any_pb2.Any(type_url="type.googleapis.com/google.rpc.RetryInfo", value=info).SerializeToString()
    return bytes([0x08, 14, 0x1A, len(detail)]) + detail


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self):
        self.refusals = options.refuse
        self.out = open(options.file, "a", buffering=1)

    def Export(self, request, context):
        if options.header:
            name, expected = options.header.split("=", 1)
            if dict(context.invocation_metadata()).get(name) != expected:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "the header is missing")
        if self.refusals > 0:
            self.refusals -= 1
            context.set_trailing_metadata([("grpc-status-details-bin", retry_info(50))])
            context.abort(grpc.StatusCode.UNAVAILABLE, "later")
        time.sleep(options.delay)
        for resource in request.resource_spans:
            about = attributes(resource.resource.attributes)
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.out.write(json.dumps({
                        "service": about.get("service.name"), "resource": about, "schema": scope.schema_url,
                        "trace": span.trace_id.hex(), "id": span.span_id.hex(), "parent": span.parent_span_id.hex(),
                        "state": span.trace_state, "name": span.name, "kind": trace_pb2.Span.SpanKind.Name(span.kind)[10:].lower(),
                        "start": span.start_time_unix_nano, "end": span.end_time_unix_nano,
                        "attributes": attributes(span.attributes), "status": span.status.code,
                        "message": span.status.message, "events": [event.name for event in span.events],
                        "links": [{"trace": link.trace_id.hex(), "id": link.span_id.hex()} for link in span.links],
                    }) + "\n")
        return trace_service_pb2.ExportTraceServiceResponse()


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), server)
address = f"127.0.0.1:{options.port}"
if options.certificate:
    with open(options.key, "rb") as key, open(options.certificate, "rb") as certificate:
        credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
    port = server.add_secure_port(address, credentials)
else:
    port = server.add_insecure_port(address)
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)
