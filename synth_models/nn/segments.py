"""Reductions and softmaxes over the rows that share an index, by PyTorch Geometric.

It is imported when the first of them is computed: that takes seconds, which a process that only samples from
a ``MultiLevelSynth``, or only reports, need not spend.
"""

from torch import Tensor


def scatter(source: Tensor, index: Tensor, size: int, reduce: str) -> Tensor:
    """Rows to one per index; zero for an index without any.

    Shapes:
        source: (rows, ...)
        index: (rows,), below ``size``
        returns: (size, ...)
    """
    from torch_geometric.utils import scatter as reduced

    return reduced(source, index, dim=0, dim_size=size, reduce=reduce)


def softmax(scores: Tensor, index: Tensor, size: int) -> Tensor:
    """Scores to weights that add up to one per index.

    Shapes:
        scores: (rows, ...)
        index: (rows,), below ``size``
        returns: (rows, ...)
    """
    from torch_geometric.utils import softmax as weights

    return weights(scores, index, num_nodes=size)
