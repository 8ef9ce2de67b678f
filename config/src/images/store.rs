//! Where images come from: the caller, or files beside the system file.

use std::collections::HashMap;
use std::format;
use std::fs;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use super::{Arch, Images, Misfit};
use crate::file::one_of;

/// Fetches each image once.
pub(crate) struct Store<'i> {
    names: Vec<String>,
    arch: Arch,
    images: Option<&'i mut dyn Images>,
    folder: PathBuf,
    fetched: HashMap<String, Arc<[u8]>>,
}

impl<'i> Store<'i> {
    /// Images of the caller, and files in the folder of the system file.
    pub(crate) fn new(images: &'i mut dyn Images, file: &Path) -> Self {
        let (names, arch) = (images.names(), images.arch());
        Self { images: Some(images), ..Self::unread(names, arch, file) }
    }

    /// A store that knows these names and reads nothing.
    pub(crate) fn unread(names: Vec<String>, arch: Arch, file: &Path) -> Self {
        let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
        Self { names, arch, images: None, folder, fetched: HashMap::new() }
    }

    /// The architecture of the machine that boots them.
    pub(crate) fn arch(&self) -> Arch {
        self.arch
    }

    /// The bytes of an image; `None` if nothing is read but the image exists.
    pub(crate) fn fetch(&mut self, reference: &str) -> Result<Option<Arc<[u8]>>, Misfit> {
        if let Some(bytes) = self.fetched.get(reference) {
            return Ok(Some(bytes.clone()));
        }
        let bytes = match self.names.iter().any(|name| name == reference) {
            true => self.ask(reference)?,
            false => self.file(reference)?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        if bytes.is_empty() {
            return Err(Misfit::new(format!("the image `{reference}` is empty"), "give one with content"));
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.fetched.insert(reference.to_string(), bytes.clone());
        Ok(Some(bytes))
    }

    fn ask(&mut self, reference: &str) -> Result<Option<Vec<u8>>, Misfit> {
        let Some(images) = &mut self.images else { return Ok(None) };
        let bytes = images.read(reference);
        bytes.map(Some).map_err(|why| Misfit::new(format!("there is no image `{reference}`: {why}"), ""))
    }

    fn file(&self, reference: &str) -> Result<Option<Vec<u8>>, Misfit> {
        let names = self.names.iter().map(String::as_str);
        if reference.starts_with("guests/") || reference.contains(':') {
            return Err(Misfit::new(format!("there is no image `{reference}`"), one_of(reference, names)));
        }
        let path = self.folder.join(reference);
        let missing = |why: &str| {
            let remedy =
                "a path counts from the folder of the system file; guests of this repository are `guests/NAME`";
            Misfit::new(format!("the image file `{reference}` {why}"), remedy)
        };
        match fs::metadata(&path) {
            Ok(data) if data.is_file() => {}
            Ok(_) => return Err(missing("is no file")),
            Err(_) => return Err(missing("does not exist")),
        }
        match self.images {
            Some(_) => fs::read(&path).map(Some).map_err(|error| missing(&format!("cannot be read: {error}"))),
            None => Ok(None),
        }
    }
}
