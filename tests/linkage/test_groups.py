"""Groups with some kept apart, against a second way of making them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sharewell.linkage.groups import grouped_apart

MEMBERS = range(9)
pairs_of_members = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.sampled_from(MEMBERS)).filter(lambda p: p[0] != p[1]),
    max_size=24,
)


@given(pairs_of_members, pairs_of_members)
def test_joins_count_in_their_order_unless_they_bring_enemies_together(
    joins: list[tuple[int, int]], different: list[tuple[int, int]]
) -> None:
    groups = [{member} for member in MEMBERS]
    for left, right in joins:
        one, two = (next(g for g in groups if member in g) for member in (left, right))
        if one is two or any(len({a, b} & one) == len({a, b} & two) == 1 for a, b in different):
            continue
        groups.remove(two)
        one |= two
    expected = {member: min(group) for group in groups for member in group}
    assert grouped_apart(MEMBERS, joins, different) == expected
