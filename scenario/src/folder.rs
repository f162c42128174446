use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// How the names of scenario files end.
const ENDING: &str = "scenario";

/// Every scenario file in `folder` and the folders below it, in the order of their paths.
///
/// # Errors
/// A folder cannot be read.
pub fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            // Links to folders are not followed, so there is no way round and round.
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == ENDING) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
