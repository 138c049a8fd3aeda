"""What can be written with nodes, as far as it needs no gate: NumPy's functions, and what is refused in words.

The operators and functions themselves are gates: `operators.py` says which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

# What NumPy's own functions mean for a node: `np.exp(node)` is `exp(node)`. `operators.py` fills this in.
NUMPY_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


class Expression:
    """The written side of a node."""

    __slots__ = ()

    if TYPE_CHECKING:  # set with the gates they stand for, in operators.py

        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __pow__(self, exponent: Any) -> Any: ...
        def __rpow__(self, base: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __rmatmul__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def sum(self, axis: Any = None, keepdims: bool = False) -> Any: ...
        def mean(self, axis: Any = None, keepdims: bool = False) -> Any: ...
        @property
        def T(self) -> Any: ...  # noqa: N802  (NumPy's name)

    def __pos__(self) -> Any:
        return self

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if function in (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal):
            self._compared(None)
        if method != "__call__" or options:
            raise TypeError(
                f"np.{function.__name__} with a node makes a new node, and takes no {', '.join(options) or method}: "
                "write array = array + node, not array += node"
            )
        return self.__array_function__(function, (), inputs, {})

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: dict[str, Any]) -> Any:
        if function not in NUMPY_FUNCTIONS:
            known = ", ".join(sorted(known.__name__ for known in NUMPY_FUNCTIONS))
            raise TypeError(f"np.{function.__name__} has no gate here. These of NumPy's functions take nodes: {known}")
        node: Any = NUMPY_FUNCTIONS[function](*inputs, **options)
        return node

    def _compared(self, other: Any) -> NoReturn:
        raise TypeError(
            "a node cannot be compared: it has no value while the formula is written. Use maximum, relu or hard_tanh "
            "in the formula, or compare node.value after graph.forward"
        )

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float, np.ndarray, np.generic)):
            self._compared(other)
        return self is other

    __hash__ = object.__hash__
    __iter__ = None  # a node has an index, but no length

    def _no_number(self) -> NoReturn:
        raise TypeError(
            "a node is no number yet: it has no value while the formula is written. Use the functions of nn_lib or "
            "NumPy in the formula (exp, not math.exp), or node.value after graph.forward"
        )

    __bool__ = __float__ = __int__ = _no_number
