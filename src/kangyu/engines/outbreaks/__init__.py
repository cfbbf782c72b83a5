"""Outbreaks: the curve of onsets, who infected whom in which generation, how large a share of the exposed fell ill, when it is over."""

from .curve import Curve, Day, onset_curve
from .measures import Over, attack_rate, over
from .tree import Node, Tree, transmission_tree

__all__ = ["Curve", "Day", "Node", "Over", "Tree", "attack_rate", "onset_curve", "over", "transmission_tree"]
