"""Every route, asked by every kind of caller: the right status and the right error, or the deed.

The matrix is run once; its controls judge the same answers by tables that are wrong."""
import copy
import unittest

import authorization
import client
import contract
import samples
import stage
import tokens
from authorization import ESSENTIAL, GOOD, OLD, TABLE

_cells = []


def setUpModule():
    # What is public first: /metrics tells of every line, and the others need many.
    _cells.extend(authorization.observe(sorted(contract.OPERATIONS, key=lambda o: o.access != "public")))


class Matrix(unittest.TestCase):
    def test_everybody_gets_what_is_theirs_and_nothing_else(self):
        self.assertEqual({}, authorization.differences(_cells))
        operations, routes = {c.operation.id for c in _cells}, {c.route for c in _cells}
        print(f"authorization: {len(operations)} operations by {len(routes)} routes, {len(TABLE)} kinds of "
              f"callers: {len(_cells)} answers, all as expected")

    def test_no_route_is_left_out(self):
        self.assertEqual(set(authorization.declared_routes()), {c.route for c in _cells})
        for kind in ESSENTIAL:
            self.assertEqual({c.route for c in _cells}, {c.route for c in _cells if c.kind == kind}, kind)

    def test_a_method_that_a_path_is_not_for_is_refused_before_anybody_is_asked_who_they_are(self):
        user = stage.User()
        for method, path in authorization.methods_not_there():
            for token in (None, tokens.expired(user.access), user.access):
                status, name = authorization.refused_method(method, path, token)
                self.assertEqual(405, status, (method, path))
                self.assertIn(name, ("METHOD_NOT_ALLOWED", None), (method, path))

    def test_two_authorizations_are_refused_whoever_comes_first(self):
        user, other = stage.User(), stage.User()
        for first, second in ((user, other), (other, user)):
            answer = client.get(f"/api/v1/users/{user.id}/points", headers={
                "Authorization": f"Bearer {first.access}", "AUTHORIZATION": f"Bearer {second.access}"})
            self.assertEqual((400, "INVALID_FIELD"), (answer.status, answer.name))


class Controls(unittest.TestCase):
    """The matrix run on what is wrong."""

    def test_each_expectation_that_is_falsified_is_found_out(self):
        for kind, row in TABLE.items():
            for access, expected in row.items():
                if expected is None:
                    continue
                falsified = {**TABLE, kind: {**row, access: OLD if expected == GOOD else GOOD}}
                self.assertEqual([(kind, access)], list(authorization.differences(_cells, falsified)))

    def test_the_error_counts_and_not_only_the_status(self):
        falsified = copy.deepcopy(TABLE)
        falsified["expired"]["person"] = "401 TOKEN_INVALID"
        self.assertEqual([("expired", "person")], list(authorization.differences(_cells, falsified)))

    def test_an_expectation_that_is_never_asked_for_is_found_out(self):
        more = {**TABLE, "in disguise": {"place": GOOD}}
        self.assertEqual({("in disguise", "place"): ["was never asked"]}, authorization.differences(_cells, more))

    def test_a_route_that_the_table_does_not_speak_of_is_found_out(self):
        less = {kind: {a: e for a, e in row.items() if a != "place"} for kind, row in TABLE.items()}
        self.assertEqual({"place"}, {access for _, access in authorization.differences(_cells, less)})


class Secrecy(unittest.TestCase):
    """A refusal says nothing about what it keeps."""

    @samples.each(samples.of(identity="owner"))
    def test_the_same_refusal_whether_or_not_the_account_exists(self, operation):
        request, stranger, said = samples.make(operation), stage.User(), []
        for user_id in (request.user.id, 987654321):
            path = operation.path.replace("{userId}", str(user_id))
            answer = request.send(path=path, credential=stranger.access)
            self.assertEqual((403, "NOT_YOURS"), (answer.status, answer.name))
            said.append({**answer.json, "instance": None})
        self.assertEqual(said[0], said[1])

    @samples.each(samples.of(id=("reservationGet", "reservationCancel")))
    def test_the_same_refusal_whatever_became_of_the_reservation(self, operation):
        request, stranger = samples.make(operation), stage.User()
        user, said = request.user, [request.send(credential=stranger.access).body]
        user.charge(1000)
        user.must_pay(request.reservation)
        said.append(request.send(credential=stranger.access).body)
        self.assertEqual(200, user.cancel(request.reservation).status)
        said.append(request.send(credential=stranger.access).body)
        self.assertEqual(1, len(set(said)), said)
        self.assertEqual("NOT_YOURS", request.send(credential=stranger.access).name)


if __name__ == "__main__":
    unittest.main()
