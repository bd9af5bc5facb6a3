"""Compiles the interoperability test service's messages with grpcio-tools, and imports them."""

import pathlib
import sys
import tempfile

from grpc_tools import protoc

PROTOS = pathlib.Path(__file__).parent.parent / "GRPCTests" / "Protos"

# The folder lives as long as the process: modules are imported from it.
_generated = tempfile.TemporaryDirectory(prefix="grpc-interop-")
_code = protoc.main([
    "protoc",
    f"--proto_path={PROTOS}",
    f"--python_out={_generated.name}",
    f"--grpc_python_out={_generated.name}",
    *[str(path) for path in sorted(PROTOS.glob("grpc/testing/*.proto"))],
])
if _code != 0:
    raise SystemExit(f"protoc failed with {_code}")

# The generated package must not hide grpcio's own `grpc` package, so its folder is added to that package's path.
import grpc  # noqa: E402

grpc.__path__.append(f"{_generated.name}/grpc")
sys.path.append(_generated.name)

from grpc.testing import empty_pb2, messages_pb2, test_pb2, test_pb2_grpc  # noqa: E402,F401
