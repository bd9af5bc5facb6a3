"""Judges access tokens with PyJWT: verifies ours by the published keys, and forges others, which must be worth nothing.

Usage: jwt_judge.py make-keys DIRECTORY
       jwt_judge.py judge DIRECTORY URL USERNAME PASSWORD

DIRECTORY holds the key that signs (current.pem) and one whose tokens are good, too (earlier.pem, earlier.pub.pem).
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AUDIENCE, ISSUER = "queueflow-api", "queueflow"


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def make_keys(directory):
    for name in ["current", "earlier"]:
        key = Ed25519PrivateKey.generate()
        (directory / f"{name}.pem").write_bytes(private_pem(key))
        (directory / f"{name}.pub.pem").write_bytes(public_pem(key))


def call(url, path, body=None, token=None):
    """The status and the body of an answer."""
    request = urllib.request.Request(url + path, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header, claims, sign=lambda signed: b""):
    """A token that PyJWT would refuse to make."""
    signed = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    return f"{signed}.{encode(sign(signed.encode()))}"


def judge(directory, url, username, password):
    status, grant = call(url, "/login", {"username": username, "password": password})
    assert status == 200, grant
    token = grant["access_token"]

    # What PyJWKClient does itself, with its own idea of HTTP.
    key = jwt.PyJWKClient(f"{url}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key.key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options={
        "require": ["exp", "nbf", "iat", "iss", "aud", "sub", "jti"]})
    assert claims["sub"] == username and claims["role"] == "ADMIN" and claims["tenant"] == "default", claims
    assert claims["exp"] - claims["iat"] == 900, claims
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "EdDSA" and header["kid"] == key.key_id, header
    assert len(jwt.PyJWKClient(f"{url}/.well-known/jwks.json").get_signing_keys()) == 2

    current = serialization.load_pem_private_key((directory / "current.pem").read_bytes(), None)
    earlier = serialization.load_pem_private_key((directory / "earlier.pem").read_bytes(), None)
    kid = header["kid"]
    other_kid = next(k.key_id for k in jwt.PyJWKClient(f"{url}/.well-known/jwks.json").get_signing_keys()
                     if k.key_id != kid)

    def signed(changes, signer=current, kid=kid):
        return jwt.encode({**claims, **changes}, signer, algorithm="EdDSA", headers={"kid": kid})

    # The proof that the forgeries below fail for what is forged, and not for how they are made.
    for name, good in [("ours", token), ("resigned", signed({})), ("earlier key", signed({}, earlier, other_kid))]:
        status, answer = call(url, "/me", token=good)
        assert status == 200, (name, answer)

    now = int(time.time())
    head, body, signature = token.split(".")
    tampered = encode(json.dumps({**claims, "sub": "root"}).encode())
    public = (directory / "current.pub.pem").read_bytes()
    raw = current.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    # What signing with a secret that is in fact a public key gives.
    confused = [("PEM", public), ("PEM without its last line feed", public.rstrip()), ("raw", raw)]
    forgeries = {
        "alg none": jwt.encode(claims, None, algorithm="none"),
        "alg none, named key": by_hand({"alg": "none", "kid": kid}, claims),
        "alg none, our signature": by_hand({"alg": "none", "kid": kid}, claims, current.sign),
        "another alg, our signature": by_hand({"alg": "HS256", "kid": kid}, claims, current.sign),
        "key in its own header": by_hand(
            {"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": encode(raw)}}, claims,
            Ed25519PrivateKey.generate().sign),
        "other key": signed({}, Ed25519PrivateKey.generate()),
        "other key, no kid": jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
        "key under the other's name": signed({}, current, other_kid),
        "expired": signed({"exp": now - 1}),
        "not yet good": signed({"nbf": now + 3600}),
        "another audience": signed({"aud": "another-api"}),
        "another issuer": signed({"iss": "somebody"}),
        "unknown role": signed({"role": "ROOT"}),
        "tampered payload": f"{head}.{tampered}.{signature}",
        "no signature": f"{head}.{body}.",
        "extension that must be understood": by_hand(
            {"alg": "EdDSA", "kid": kid, "crit": ["b64"], "b64": False}, claims, current.sign),
    }
    for name, secret in confused:
        forgeries[f"HS256 with the public key, {name}"] = by_hand(
            {"alg": "HS256", "typ": "JWT"}, claims, lambda text: hmac.new(secret, text, hashlib.sha256).digest())
        forgeries[f"HS256 with the public key and its kid, {name}"] = by_hand(
            {"alg": "HS256", "kid": kid}, claims, lambda text: hmac.new(secret, text, hashlib.sha256).digest())
    for name, forgery in forgeries.items():
        status, answer = call(url, "/me", token=forgery)
        assert status == 401 and answer["type"].endswith("/invalid-token"), (name, status, answer)
    print(f"{len(forgeries)} forgeries were refused")
    print("ok")


if __name__ == "__main__":
    if sys.argv[1] == "make-keys":
        make_keys(pathlib.Path(sys.argv[2]))
    else:
        judge(pathlib.Path(sys.argv[2]), *sys.argv[3:])
