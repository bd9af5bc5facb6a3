"""Speaks to the gateway over TLS with clients that are not ours: OpenSSL, requests, httpx and grpcio.

Usage: gateway_client.py HOST:PORT CA_FILE USERNAME PASSWORD WORKER_TOKEN

Submits a job and waits for its end, so some worker must be there.
"""

import argparse
import socket
import ssl
import sys

import grpc
import httpx
import requests
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import services_client

SERVICE = "queueflow.control.v1.WorkerControl"
YEAR = "max-age=31536000"


def handshake(address, context, name=None):
    """The version and the protocol that are agreed on."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=name or host) as connection:
            return connection.version(), connection.selected_alpn_protocol()


def refused(address, context, name=None):
    try:
        handshake(address, context, name)
    except (ssl.SSLError, ConnectionResetError) as error:
        return str(error)
    raise AssertionError("the handshake succeeded")


def check_handshakes(address, ca):
    def trusting(protocols=()):
        context = ssl.create_default_context(cafile=ca)
        # What later versions of Python demand: the right extensions in every certificate.
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    assert handshake(address, trusting(["h2", "http/1.1"])) == ("TLSv1.3", "h2")
    assert handshake(address, trusting(["http/1.1"])) == ("TLSv1.3", "http/1.1")
    older = trusting(["h2"])
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    assert handshake(address, older) == ("TLSv1.2", "h2")
    for name in ("127.0.0.1", "::1"):
        assert handshake(address, trusting(["h2"]), name)[1] == "h2"

    oldest = trusting()
    oldest.set_ciphers("ALL:@SECLEVEL=0")
    oldest.minimum_version = ssl.TLSVersion.TLSv1
    oldest.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "version" in refused(address, oldest).lower()
    assert "CERTIFICATE_VERIFY_FAILED" in refused(address, ssl.create_default_context())
    assert "mismatch" in refused(address, trusting(), "another.example").lower()
    print("ok handshakes")


def check_rest(address, ca, username, password):
    url = f"https://{address}"
    login = requests.post(f"{url}/login", json={"username": username, "password": password}, verify=ca, timeout=10)
    assert login.status_code == 200, login.text
    assert login.headers["Strict-Transport-Security"] == YEAR, login.headers
    headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
    with httpx.Client(verify=ssl.create_default_context(cafile=ca), base_url=url, headers=headers) as client:
        job = client.post("/jobs", json={"type": "echo", "payload": {"over": "TLS"}})
        assert job.status_code == 201 and job.headers["Strict-Transport-Security"] == YEAR, job.text
        ended = client.get(f"/jobs/{job.json()['id']}", params={"wait": 30}, timeout=40)
        assert ended.json()["status"] == "completed", ended.text
    print("ok REST")


def check_grpc(address, ca, token):
    with open(ca, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    with grpc.secure_channel(address, credentials) as channel:
        services_client.check_health(channel, [SERVICE])
        services_client.check_reflection(channel, [SERVICE])
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        method = pool.FindServiceByName(SERVICE).FindMethodByName("Session")
        message = GetMessageClass(method.input_type)
        session = channel.stream_stream(
            f"/{SERVICE}/Session",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString)
        hello = message(hello={"secret": b"0123456789abcdef" * 2, "name": "foreign", "slots": 1, "types": ["foreign"]})

        def ask(key):
            answers = session(iter([hello]), metadata=[("authorization", f"Bearer {key}")], timeout=20)
            return next(answers)

        try:
            ask("no such token")
            raise AssertionError("anybody may be a worker")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
        assert ask(token).WhichOneof("kind") == "welcome"
        # No other service is to be reached from outside.
        try:
            channel.unary_unary("/another.Service/Call")(b"", timeout=10)
            raise AssertionError("the gateway passes on any service")
        except grpc.RpcError as error:
            assert error.code() != grpc.StatusCode.OK, error
    print("ok gRPC")


def main():
    parser = argparse.ArgumentParser()
    for name in ("address", "ca", "username", "password", "token"):
        parser.add_argument(name)
    arguments = parser.parse_args()
    check_handshakes(arguments.address, arguments.ca)
    check_rest(arguments.address, arguments.ca, arguments.username, arguments.password)
    check_grpc(arguments.address, arguments.ca, arguments.token)


if __name__ == "__main__":
    sys.exit(main())
