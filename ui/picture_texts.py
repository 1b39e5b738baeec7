"""The words of the page about pictures: galleries, and the box drawn around a product."""

from __future__ import annotations

from ..data.words import Words, both

PICTURES: dict[str, Words] = {
    "nth-picture": both("第 {n} 张", "Picture {n}"),
    "mark-open": both("框出商品", "Mark the product"),
    "mark-wrong": both("商品抠得不对？框出商品", "Cut-out not right? Mark the product"),
    "mark-how": both(
        "在照片上拖出一个框，把商品整个框住，四周留一点边。松手就能看到抠出来的样子。",
        "Drag a box over the whole product, with a little room around it. Let go to see the cut-out.",
    ),
    "mark-keys": both(
        "商品的框：方向键移动，Shift 加方向键改大小，Enter 看抠图",
        "Box of the product: arrow keys move it, Shift and arrow keys resize it, Enter cuts it out",
    ),
    "mark-photo": both("您上传的商品照片", "Your product photo"),
    "mark-cut": both("按这个框抠出的商品，格子是透明的背景", "The product cut out of this box; squares are transparent"),
    "mark-none": both("抠出的商品会出现在这里", "The cut-out will appear here"),
    "mark-again": both("把框贴近商品再试一次。", "Draw the box closer to the product and try again."),
    "mark-fields": both("框的位置，单位像素", "Position of the box in pixels"),
    "mark-left": both("左", "Left"),
    "mark-top": both("上", "Top"),
    "mark-width": both("宽", "Width"),
    "mark-height": both("高", "Height"),
    "mark-try": both("看抠图", "Cut it out"),
    "mark-use": both("就用它", "Use it"),
}
