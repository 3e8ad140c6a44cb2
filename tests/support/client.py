"""A small HTTP client that holds every answer against the contract."""
import http.client
import json
import os
import threading
import urllib.parse

import contract

BASE = urllib.parse.urlsplit(os.environ["BASE_URL"])
NOTHING = object()
_kept = threading.local()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header_all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.header_all(name)), None)

    @property
    def media_type(self):
        return (self.header("Content-Type") or "").partition(";")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def result(self):
        return self.json["result"]

    @property
    def name(self):
        """The catalogue's name of an error, None of a success."""
        if self.status < 400:
            return None
        return self.json["errorCode"] if "errorCode" in self.json else self.json["code"]

    def __repr__(self):
        return f"{self.status} {self.body[:400].decode(errors='replace')}"


def connection():
    if getattr(_kept, "connection", None) is None:
        address = getattr(_kept, "address", None)
        _kept.connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=20,
                                                      source_address=(address, 0) if address else None)
    return _kept.connection


def come_from(address):
    """From now on, this thread's requests come from this address of the machine."""
    close()
    _kept.address = address


def close():
    if getattr(_kept, "connection", None) is not None:
        _kept.connection.close()
        _kept.connection = None


def send(method, path, body, headers):
    """As it is given, on this thread's connection, which nginx may have closed when idle."""
    for attempt in (1, 2):
        kept = connection()
        fresh = kept.sock is None
        try:
            kept.request(method, path, body=body, headers=headers)
            response = kept.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            close()
            if fresh or attempt == 2:
                raise


def call(method, path, body=NOTHING, *, token=None, access=None, key=None, language=None,
         headers=None, raw=None, media_type="application/json"):
    """One request; `token` is a queue token, `access` any credential. Checked by the contract."""
    sent = dict(headers or {})
    v1 = contract.family_of(path) == "v1"
    if token is not None:
        sent["QUEUE-TOKEN" if v1 else "token"] = token
    if access is not None:
        sent["Authorization" if v1 else "token"] = f"Bearer {access}" if v1 else access
    if key is not None:
        sent["Idempotency-Key"] = key
    if language is not None:
        sent["Accept-Language"] = language
    if body is not NOTHING:
        raw = json.dumps(body, ensure_ascii=False).encode()
    if raw is not None and media_type is not None:
        sent["Content-Type"] = media_type
    answer = send(method, path, raw, sent)
    contract.check(method, path, answer, sent)
    return answer


def get(path, **options):
    return call("GET", path, **options)


def post(path, body=NOTHING, **options):
    return call("POST", path, body, **options)


def patch(path, body=NOTHING, **options):
    return call("PATCH", path, body, **options)


def delete(path, **options):
    return call("DELETE", path, **options)


def at_once(*deeds):
    """Runs the functions in as many threads, all let go together; their results in order."""
    results, start = [None] * len(deeds), threading.Barrier(len(deeds))

    def run(i):
        start.wait()
        try:
            results[i] = deeds[i]()
        except BaseException as failure:  # handed over: a thread's failure must not be lost
            results[i] = failure
        finally:
            close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
