//! A small report in all forms.

use super::*;

fn small() -> Report {
    let mut done = Section::new("done", "What is done").says("It was counted: 1 < 2.");
    let mut table = Table::new("counts", "Counts", &["what", "how many"]);
    table.row(&[&"a|b", &3]);
    done.tables.push(table);
    let mut bad = Section::new("bad", "What is not");
    bad.miss("X-R-01 has no test");
    let sections = vec![done, bad, Section::left_out("later", "Later", "nobody asked")];
    Report { name: "sched-x".into(), version: "1.0.0".into(), tests: 1, sections }
}

#[test]
fn one_missing_sentence_makes_the_report_incomplete() {
    let mut report = small();
    assert!(!report.is_complete());
    assert!(report.summary().contains("1 missing") && report.summary().contains("- X-R-01 has no test"));
    report.sections[1].missing.clear();
    assert!(report.is_complete());
    assert_eq!(report.sections[2].verdict(), "not run");
}

#[test]
fn markdown_is_as_agreed() {
    let expected = "\
# Evidence about sched-x 1.0.0

Evidence is missing.

| section | verdict |
|---|---|
| What is done | complete |
| What is not | 1 missing |
| Later | not run |

## 1. What is done

It was counted: 1 < 2.

Counts

| what | how many |
|---|---|
| a\\|b | 3 |

## 2. What is not

Missing:

- X-R-01 has no test

## 3. Later

Not run: nobody asked.
";
    assert_eq!(markdown::render(&small()), expected);
}

#[test]
fn html_needs_no_other_file_and_escapes_what_it_shows() {
    let text = html::render(&small());
    assert!(text.contains("1 &lt; 2") && text.contains("<td>a|b</td><td>3</td>") && text.contains("id=\"later\""));
    assert!(!text.contains("http") && !text.contains("<script"));
}

#[test]
fn csv_quotes_what_needs_it() {
    assert_eq!(write::line(["a", "b,c", "say \"x\""].into_iter()), "a,\"b,c\",\"say \"\"x\"\"\"\n");
}
