from datetime import date

from kangyu.engines.content.yaml_text import read_documents


def read(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_documents(path, "a.yaml")


def test_plain_values_are_yaml_1_2(tmp_path):
    (document,), problems = read(tmp_path, "on: yes\nday: 2017-02-28\nrange: 60..300\nno: false\ncount: 12\nshare: 1.50\nnothing: null\n")
    assert problems == []
    assert document.value == {
        "on": "yes",
        "day": date(2017, 2, 28),
        "range": "60..300",
        "no": False,
        "count": 12,
        "share": 1.5,
        "nothing": None,
    }


def test_every_key_and_item_knows_its_line(tmp_path):
    (document,), _ = read(tmp_path, "a: 1\nb:\n  c: [x,\n    y]\n---\nd: 2\n")[0][:1], None
    assert document.place(("b", "c", 1)) == "a.yaml:4"
    assert document.place(("b", "c", "unknown branch")) == "a.yaml:3"


def test_a_character_of_a_literal_block_has_its_own_line(tmp_path):
    (document,), _ = read(tmp_path, "key: x\nwhen: |\n  first\n  second third\nplain: first\n")
    text = document.value["when"]
    assert document.place_within(("when",), text, text.index("third")) == "a.yaml:4"
    assert document.place_within(("plain",), "first", 3) == "a.yaml:5"


def test_a_folded_text_is_one_line_without_marks_of_the_folds(tmp_path):
    (document,), _ = read(tmp_path, "path: >-\n  one\n  two\n\n  three\n")
    assert document.value == {"path": "one two\nthree"}


def test_every_duplicate_and_empty_key_is_reported(tmp_path):
    _, problems = read(tmp_path, "a: 1\na: 2\nb:\nc: {d: 1, d: 2}\n")
    assert [(problem.place, problem.key) for problem in problems] == [("a.yaml:2", "a"), ("a.yaml:3", "b"), ("a.yaml:4", "d")]
    assert "第 1 行" in problems[0].remedy


def test_a_broken_file_names_the_line(tmp_path):
    documents, (problem,) = read(tmp_path, "a: {b: c\nd: e: f")
    assert documents == []
    assert problem.place == "a.yaml:2"


def test_a_file_in_another_encoding_says_so(tmp_path):
    documents, (problem,) = read(tmp_path, "标题: 高血压".encode("gb18030"))
    assert documents == []
    assert "UTF-8" in problem.message


def test_an_empty_file_is_a_problem(tmp_path):
    assert [problem.message for problem in read(tmp_path, "# nothing\n")[1]] == ["文件是空的"]
