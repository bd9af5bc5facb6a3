"""Asks a server for its health and its descriptors, with grpcio-health-checking and grpcio-reflection.

Usage: services_client.py ADDRESS SERVICE...

SERVICE is what the server is to list and describe, besides health and reflection themselves.
"""

import argparse

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

OWN = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
SERVING = health_pb2.HealthCheckResponse.SERVING


def check_health(channel, services):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ["", *services]:
        status = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status
        assert status == SERVING, (service, status)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=10)
        assert next(watch).status == SERVING
        watch.cancel()
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="none"), timeout=10)
        raise AssertionError("an unknown service has a status")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND, error
    unknown = stub.Watch(health_pb2.HealthCheckRequest(service="none"), timeout=10)
    assert next(unknown).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    unknown.cancel()
    print("ok health")


def check_reflection(channel, services):
    database = ProtoReflectionDescriptorDatabase(channel)
    listed = set(database.get_services())
    assert listed == OWN | set(services), listed
    pool = DescriptorPool(database)
    for service in listed:
        methods = pool.FindServiceByName(service).methods
        assert methods, service
    print("ok reflection v1alpha")


def check_generic_call(channel):
    """Calls a method knowing nothing but what reflection tells, as generic tools do."""
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("grpc.health.v1.Health").FindMethodByName("Check")
    call = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString)
    assert call(GetMessageClass(method.input_type)(), timeout=10).status == SERVING
    print("ok generic call")


def check_reflection_v1(channel, services):
    """The messages of v1 are those of v1alpha under another name."""
    call = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
    requests = [reflection_pb2.ServerReflectionRequest(list_services="")]
    requests += [reflection_pb2.ServerReflectionRequest(file_containing_symbol=service) for service in services]
    requests.append(reflection_pb2.ServerReflectionRequest(file_by_filename="no/such.proto"))
    responses = list(call(iter(requests), timeout=10))
    assert len(responses) == len(requests)
    assert {service.name for service in responses[0].list_services_response.service} == OWN | set(services)
    for response in responses[1:-1]:
        assert response.file_descriptor_response.file_descriptor_proto, response
    assert responses[-1].error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0], responses[-1]
    print("ok reflection v1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("services", nargs="*")
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address) as channel:
        check_health(channel, arguments.services)
        check_reflection(channel, arguments.services)
        check_generic_call(channel)
        check_reflection_v1(channel, arguments.services)


if __name__ == "__main__":
    main()
