"""Random schedules for hypothesis: every type, to a given depth, with rates from 0 to 1."""

from hypothesis import strategies as st

import stepsize as ss

rates = st.floats(0.0, 1.0).map(lambda x: round(x, 6))
positive = st.floats(1e-3, 1.0).map(lambda x: round(x, 6))
lengths = st.one_of(
    st.integers(1, 50), st.integers(1, 200).map(lambda n: n / 8), st.sampled_from([0, 1, 2, 3, 1000])
)
shapes = st.sampled_from(
    ["linear", "cosine", "power(0.5)", "power(2)", "one_minus_sqrt", "square", "smoothstep", "tanh(-3, 3)"]
)

finite_leaves = st.one_of(
    st.builds(ss.hold, rates, lengths),
    st.builds(ss.ramp, rates, rates, lengths, shapes),
    st.builds(ss.exponential, positive, positive, lengths),
    st.builds(ss.decay, rates, st.sampled_from(["power_law(10, 0.5)", "exponential(0.5, 4)"]), lengths),
    st.builds(ss.table, st.lists(rates, min_size=1, max_size=5), each=st.sampled_from([1, 2, 2.5])),
)
endless_leaves = st.one_of(
    st.builds(ss.hold, rates),
    st.builds(ss.inverse_sqrt, positive, st.integers(1, 20)),
    st.builds(ss.sgdr, positive, st.integers(1, 20), end=rates, peak_decay=st.sampled_from([1.0, 0.5])),
)


def cycle(s, cycles, growth, decay):
    return s.repeat(cycles, growth=growth, decay=decay) if s.length >= 1 else s


def grown(children):
    return st.one_of(
        st.builds(lambda a, b: a >> b, children, children),
        st.builds(lambda a, b: a + b, children, children),
        st.builds(lambda a, b: a * b, children, children),
        st.builds(lambda s, c: s * c, children, rates),
        st.builds(lambda s, a, b: s[a : a + b], children, lengths, lengths),
        st.builds(lambda s, a: s.clip(min(a), max(a)), children, st.tuples(rates, rates)),
        st.builds(
            cycle, children, st.integers(1, 4), st.sampled_from([1, 2, 1.5]), st.sampled_from([1.0, 0.5])
        ),
        st.builds(lambda s, n: s.staircase(n), children, st.sampled_from([1, 2, 2.5])),
    )


def trees(depth=3):
    """Finite trees, and finite trees with an endless end."""
    finite = finite_leaves
    for _ in range(depth):
        finite = st.one_of(finite_leaves, grown(finite))
    return st.one_of(finite, st.builds(lambda a, b: a >> b, finite, endless_leaves))
