"""The list of the papers that this package cites, with titles, numbers and links."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Publication:
    """A paper on arXiv.

    Attributes:
        arxiv: The number on arXiv.
        title: The title.
        name: The name for `suffice reproduce`; empty if the paper is only cited.
        about: The subject, in a few words.
        authors: Their full names; `others` stands for the rest of a long list.
    """

    arxiv: str
    title: str
    name: str = ""
    about: str = ""
    authors: tuple[str, ...] = ()

    @property
    def year(self) -> int:
        """The year of the number on arXiv."""
        return 2000 + int(self.arxiv[:2])

    @property
    def bibtex(self) -> str:
        """The entry for a BibTeX file."""
        key = self.authors[0].split()[-1].lower()
        number = self.arxiv.replace(".", "_")
        return (
            f"@misc{{{key}{self.year}_{number},\n"
            f"  author = {{{' and '.join(self.authors)}}},\n"
            f"  title = {{{self.title}}},\n  year = {{{self.year}}},\n"
            f"  eprint = {{{self.arxiv}}},\n  archiveprefix = {{arXiv}},\n}}"
        )

    @property
    def cited(self) -> str:
        """The number in the form `arXiv:...`."""
        return f"arXiv:{self.arxiv}"

    @property
    def link(self) -> str:
        """The address of the abstract."""
        return f"https://arxiv.org/abs/{self.arxiv}"


def publication(arxiv: str) -> Publication:
    """The paper with a number on arXiv.

    Raises:
        ValueError: This package cites no paper with that number.
    """
    if arxiv not in PUBLICATIONS:
        known = ", ".join(PUBLICATIONS)
        raise ValueError(
            f"arXiv:{arxiv} is not in the list of papers; expected one of {known}."
        )
    return PUBLICATIONS[arxiv]


_OPTIMISTIC = (
    "Yaoyu Zhang",
    "Zhongwang Zhang",
    "Leyang Zhang",
    "Zhiwei Bai",
    "Tao Luo",
    "Zhi-Qin John Xu",
)
_GEOMETRY = ("Leyang Zhang", "Yaoyu Zhang", "Tao Luo")
_REPRODUCED = (
    Publication(
        "2211.11623",
        "Linear stability hypothesis and rank stratification for nonlinear models",
        "rank-stratification",
        "the model rank as effective size",
        _OPTIMISTIC,
    ),
    Publication(
        "2307.08921",
        "Optimistic estimate uncovers the potential of nonlinear models",
        "optimistic-estimate",
        "the optimistic sample size",
        _OPTIMISTIC,
    ),
    Publication(
        "2406.18035",
        "Local linear recovery guarantee of deep neural networks at "
        "overparameterization",
        "local-linear-recovery",
        "the guarantee for deep networks",
        ("Yaoyu Zhang", "Leyang Zhang", "Zhongwang Zhang", "Zhiwei Bai"),
    ),
    Publication(
        "2309.00508",
        "Structure and gradient dynamics near global minima of two-layer neural "
        "networks",
        "global-minima",
        "what lies near a global minimum",
        _GEOMETRY,
    ),
    Publication(
        "2405.17501",
        "Geometry of critical sets and existence of saddle branches for two-layer "
        "neural networks",
        "critical-sets",
        "critical points of the loss",
        _GEOMETRY,
    ),
    Publication(
        "2405.13721",
        "Connectivity shapes implicit regularization in matrix factorization models "
        "for matrix completion",
        "connectivity",
        "the implicit bias of matrix completion",
        ("Zhiwei Bai", "Jiajie Zhao", "Yaoyu Zhang"),
    ),
    Publication(
        "2405.13787",
        "Disentangle sample size and initialization effect on perfect generalization "
        "for single-neuron target",
        "single-neuron",
        "recovery by training from small starts",
        ("Jiajie Zhao", "Zhiwei Bai", "Yaoyu Zhang"),
    ),
    Publication(
        "2405.17479",
        "A rationale from frequency perspective for grokking in training neural "
        "network",
        "grokking",
        "grokking from the perspective of frequency",
        ("Zhangchen Zhou", "Yaoyu Zhang", "Zhi-Qin John Xu"),
    ),
    Publication(
        "2405.05409",
        "Initialization is critical to whether transformers fit composite functions "
        "by reasoning or memorizing",
        "composition",
        "when transformers infer and when they memorise",
        (
            "Zhongwang Zhang",
            "Pengxiao Lin",
            "Zhiwei Wang",
            "Yaoyu Zhang",
            "Zhi-Qin John Xu",
        ),
    ),
    Publication(
        "2405.15302",
        "Towards understanding how transformers perform multi-step reasoning with "
        "matching operation",
        "matching",
        "how transformers match in multi-step reasoning",
        (
            "Zhiwei Wang",
            "Yunji Wang",
            "Zhongwang Zhang",
            "Zhangchen Zhou",
            "Hui Jin",
            "Tianyang Hu",
            "Jiacheng Sun",
            "Zhenguo Li",
            "Yaoyu Zhang",
            "Zhi-Qin John Xu",
        ),
    ),
)
_CITED = (
    Publication(
        "1806.07572",
        "Neural tangent kernel: convergence and generalization in neural networks",
        authors=(
            "Arthur Jacot",
            "Franck Gabriel",
            "Clément Hongler",
        ),
    ),
    Publication(
        "2012.09839",
        "Towards resolving the implicit bias of gradient descent for matrix "
        "factorization: greedy low-rank learning",
        authors=(
            "Zhiyuan Li",
            "Yuping Luo",
            "Kaifeng Lyu",
        ),
    ),
    Publication(
        "2105.14573",
        "Embedding principle of loss landscape of deep neural networks",
        authors=(
            "Yaoyu Zhang",
            "Zhongwang Zhang",
            "Tao Luo",
            "Zhi-Qin John Xu",
        ),
    ),
    Publication(
        "2111.15527",
        "Embedding principle: a hierarchical structure of loss landscape of deep "
        "neural networks",
        authors=(
            "Yaoyu Zhang",
            "Yuqing Li",
            "Zhongwang Zhang",
            "Tao Luo",
            "Zhi-Qin John Xu",
        ),
    ),
    Publication(
        "2201.02177",
        "Grokking: generalization beyond overfitting on small algorithmic datasets",
        authors=(
            "Alethea Power",
            "Yuri Burda",
            "Harri Edwards",
            "Igor Babuschkin",
            "Vedant Misra",
        ),
    ),
    Publication(
        "2205.13283",
        "Embedding principle in depth for the loss landscape analysis of deep neural "
        "networks",
        authors=(
            "Zhiwei Bai",
            "Tao Luo",
            "Zhi-Qin John Xu",
            "Yaoyu Zhang",
        ),
    ),
    Publication(
        "2209.11895",
        "In-context learning and induction heads",
        authors=(
            "Catherine Olsson",
            "others",
        ),
    ),
    Publication(
        "2210.01117",
        "Omnigrok: grokking beyond algorithmic data",
        authors=(
            "Ziming Liu",
            "Eric J. Michaud",
            "Max Tegmark",
        ),
    ),
    Publication(
        "2211.00593",
        "Interpretability in the wild: a circuit for indirect object identification "
        "in GPT-2 small",
        authors=(
            "Kevin Wang",
            "Alexandre Variengien",
            "Arthur Conmy",
            "Buck Shlegeris",
            "Jacob Steinhardt",
        ),
    ),
    Publication(
        "2301.05217",
        "Progress measures for grokking via mechanistic interpretability",
        authors=(
            "Neel Nanda",
            "Lawrence Chan",
            "Tom Lieberum",
            "Jess Smith",
            "Jacob Steinhardt",
        ),
    ),
    Publication(
        "2401.08309",
        "Anchor function: a type of benchmark functions for studying language models",
        authors=(
            "Zhongwang Zhang",
            "Zhiwei Wang",
            "Junjie Yao",
            "Zhangchen Zhou",
            "Xiaolong Li",
            "Weinan E",
            "Zhi-Qin John Xu",
        ),
    ),
)
PUBLICATIONS = {paper.arxiv: paper for paper in (*_REPRODUCED, *_CITED)}
