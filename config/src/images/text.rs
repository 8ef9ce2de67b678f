//! What the file says about an image.

use std::format;

use crate::file::At;
use crate::file::{Field, Problems, Table};

/// An image.
pub(crate) enum ImageText<'a> {
    /// A guest, or a file whose kind its first bytes tell.
    Any(At<&'a str>),
    /// A Linux kernel with what it boots.
    Linux { kernel: At<&'a str>, initrd: Option<At<&'a str>>, cmdline: &'a str },
    /// Raw bytes at an address.
    Raw(RawText<'a>),
}

/// Raw bytes at an address.
pub(crate) struct RawText<'a> {
    pub(crate) raw: At<&'a str>,
    pub(crate) load: Option<At<u64>>,
    pub(crate) entry: Option<At<u64>>,
    /// Where a device tree is put.
    pub(crate) dtb: Option<At<u64>>,
    pub(crate) cmdline: &'a str,
}

impl<'a> ImageText<'a> {
    /// The reference of what is executed.
    pub(crate) fn reference(&self) -> &'a str {
        match self {
            Self::Any(reference) | Self::Linux { kernel: reference, .. } => reference.value,
            Self::Raw(raw) => raw.raw.value,
        }
    }

    /// Reads the value of `image`.
    pub(crate) fn read(field: &Field<'a>, problems: &mut Problems) -> Option<Self> {
        if field.is_text() {
            return Some(Self::Any(text(field, problems)?));
        }
        if !field.is_table() {
            let problem = field.problem("`image` must be a name, a path or a table");
            let remedy = "write `image = \"guests/hello\"`, `{ kernel = \"...\" }` or `{ raw = \"...\" }`";
            problems.push(problem.remedy(remedy));
            return None;
        }
        let mut table = field.table("an image", problems)?;
        match (table.get("kernel"), table.get("raw")) {
            (Some(kernel), None) => linux(&kernel, table, problems),
            (None, Some(raw)) => raw_bytes(&raw, table, problems),
            (both, _) => {
                let sentence = match both {
                    Some(_) => "the image has both `kernel` and `raw`",
                    None => "the image has neither `kernel` nor `raw`",
                };
                let remedy = "give one of them: `kernel` for Linux, `raw` for bytes at an address";
                problems.push(field.problem(sentence).remedy(remedy));
                None
            }
        }
    }
}

fn text<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<At<&'a str>> {
    let value = field.text(problems)?;
    if value.is_empty() {
        problems.push(field.problem(format!("`{}` is empty", field.name)).remedy("name a guest or a file"));
        return None;
    }
    Some(At { value, span: field.span.clone() })
}

fn address(table: &mut Table, name: &str, problems: &mut Problems) -> Option<At<u64>> {
    let field = table.get(name)?;
    Some(At { value: field.address(problems)?, span: field.span.clone() })
}

fn linux<'a>(kernel: &Field<'a>, mut table: Table<'a>, problems: &mut Problems) -> Option<ImageText<'a>> {
    let kernel = text(kernel, problems);
    let initrd = table.get("initrd").and_then(|field| text(&field, problems));
    let cmdline = table.get("cmdline").and_then(|field| field.text(problems)).unwrap_or("");
    table.finish(problems);
    Some(ImageText::Linux { kernel: kernel?, initrd, cmdline })
}

fn raw_bytes<'a>(raw: &Field<'a>, mut table: Table<'a>, problems: &mut Problems) -> Option<ImageText<'a>> {
    let raw = text(raw, problems);
    let load = address(&mut table, "load", problems);
    let entry = address(&mut table, "entry", problems);
    let dtb = address(&mut table, "dtb", problems);
    let cmdline = table.get("cmdline").and_then(|field| field.text(problems)).unwrap_or("");
    table.finish(problems);
    Some(ImageText::Raw(RawText { raw: raw?, load, entry, dtb, cmdline }))
}
