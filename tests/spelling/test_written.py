"""JSON is a spelling too, and what a file should hold is read back whatever the schedule."""

import json

import pytest

import stepsize as ss
from stepsize.spelling import written
from tests.zoo import ZOO

LONG = ss.table([k / 7 for k in range(5000)])


@pytest.mark.parametrize("name", ZOO)
def test_what_is_written_is_read_back(name):
    s = ZOO[name]
    assert ss.parse(written(s)) == s
    assert written(s) == str(s)
    assert ss.parse(json.dumps(s.to_dict(), indent=1)) == s


def test_where_a_spelling_would_be_too_long_it_is_json():
    with pytest.raises(ss.ScheduleError, match="at most 6000 characters"):
        ss.parse(str(LONG))
    assert json.loads(written(LONG)) == LONG.to_dict()
    assert ss.parse(written(LONG)) == LONG


@pytest.mark.parametrize(("text", "rule"), [
    ("{", r"^from_json: must be JSON; got 'Expecting property name .*, line 1, column 2'"),
    ('{"a": 1}', r"^from_dict: must have exactly the fields"),
    ('{"a":' * 100_000, r"^from_json: must be JSON of a schedule"),
    ('{"a": ' + "9" * 10_000 + "}", r"^from_json: must be JSON of a schedule"),
])  # fmt: skip
def test_other_json_is_one_clear_error(text, rule):
    with pytest.raises(ss.ScheduleError, match=rule):
        ss.parse(text)
