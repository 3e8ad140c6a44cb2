"""Tokens as the service signs them, and as somebody would who should not."""
import base64
import hashlib
import hmac
import json
import os
import time
import uuid


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key():
    with open(os.environ["TOKEN_KEY_FILE"], "rb") as file:
        return file.read().strip()


def sign(claims, algorithm="HS256", secret=None, **head):
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512,
              "RS256": hashlib.sha256}.get(algorithm)
    head = _encode(json.dumps({"alg": algorithm, "typ": "JWT", **head}).encode())
    text = f"{head}.{_encode(json.dumps(claims).encode())}"
    if digest is None:
        return text + "."
    return f"{text}.{_encode(hmac.new(key() if secret is None else secret, text.encode(), digest).digest())}"


def read(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def access(user_id, user_uuid, seconds=3600, **more):
    now = int(time.time())
    return sign({"sub": user_uuid, "uid": user_id, "jti": str(uuid.uuid4()), "iat": now,
                 "exp": now + seconds, **more})


def unusable(token):
    """Variations of a good token that must all be refused, by what is wrong with them."""
    claims = read(token)
    head, body, signature = token.split(".")
    other = {**claims, "uid": claims["uid"] + 1}
    return {
        "another key": sign(claims, secret=b"k" * 48),
        "an empty key": sign(claims, secret=b""),
        "another key, which it names": sign(claims, secret=b"k" * 48, kid="mine",
                                            jwk={"kty": "oct", "k": _encode(b"k" * 48)}),
        "a key id that is an empty file": sign(claims, secret=b"", kid="../../../dev/null"),
        "RS256": sign(claims, algorithm="RS256"),
        "alg none": sign(claims, algorithm="none"),
        "alg NONE": sign(claims, algorithm="NONE"),
        "HS384": sign(claims, algorithm="HS384"),
        "HS512": sign(claims, algorithm="HS512"),
        "another body": f"{head}.{_encode(json.dumps(other).encode())}.{signature}",
        "no signature": f"{head}.{body}.",
        "a signature cut short": token[:-4],
        "a signature and more": token + "AAAA",
        "the signature of another token": f"{head}.{body}." + sign({**claims, "jti": "x"}).rpartition(".")[2],
        "two parts": f"{head}.{body}",
        "not base64": "a.b.c",
        "no token": "wer7w-edt-w5g-dsrgdrg-testToken",
        "very long": "x" * 3000,
        "text for uid": sign({**claims, "uid": "1"}),
        "negative uid": sign({**claims, "uid": -1}),
        "text for exp": sign({**claims, "exp": "tomorrow"}),
        **{f"no {claim}": sign({k: v for k, v in claims.items() if k != claim})
           for claim in ("sub", "uid", "jti", "iat", "exp")},
        "a number without a line": sign({**{k: v for k, v in claims.items() if k != "que"}, "num": 1}),
        "a list": sign([1, 2, 3]),
    }


def expired(token, seconds=1):
    return sign({**read(token), "exp": int(time.time()) - seconds})
