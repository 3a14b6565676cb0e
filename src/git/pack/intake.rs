//! The bytes of a pack on their way from the server into a file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write as _};

use flate2::{Decompress, FlushDecompress, Status};
use sha1::{Digest as _, Sha1};

use super::PackError;
use crate::domain::limits::Limits;

/// How much is read, and inflated, at once.
const PIECE: usize = 64 << 10;

/// A stream of which every byte that is used is written down and hashed.
pub(super) struct Intake<'a, R> {
    stream: R,
    file: BufWriter<&'a File>,
    limits: &'a Limits,
    hash: Sha1,
    buffer: Vec<u8>,
    /// What of the buffer is not used yet.
    unused: std::ops::Range<usize>,
    /// How many bytes were used, which is where the next one is in the file.
    pub(super) position: u64,
    inflated: Vec<u8>,
}

impl<'a, R: Read> Intake<'a, R> {
    pub(super) fn new(stream: R, file: &'a File, limits: &'a Limits) -> Self {
        Self {
            stream,
            file: BufWriter::with_capacity(PIECE, file),
            limits,
            hash: Sha1::new(),
            buffer: vec![0; PIECE],
            unused: 0..0,
            position: 0,
            inflated: vec![0; PIECE],
        }
    }

    /// Reads on where nothing is left; whether there is anything.
    fn fill(&mut self) -> Result<bool, PackError> {
        while self.unused.is_empty() {
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => self.unused = 0..count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(PackError::Stream(error)),
            }
        }
        Ok(true)
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&mut self) -> Result<bool, PackError> {
        Ok(!self.fill()?)
    }

    fn need(&mut self) -> Result<(), PackError> {
        if self.fill()? { Ok(()) } else { Err(PackError::Stream(io::ErrorKind::UnexpectedEof.into())) }
    }

    fn used(&mut self, count: usize) -> Result<(), PackError> {
        let bytes = &self.buffer[self.unused.start..self.unused.start + count];
        self.hash.update(bytes);
        self.file.write_all(bytes).map_err(PackError::Disk)?;
        self.unused.start += count;
        self.position += count as u64;
        Ok(())
    }

    pub(super) fn byte(&mut self) -> Result<u8, PackError> {
        self.need()?;
        let byte = self.buffer[self.unused.start];
        self.used(1)?;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> Result<u32, PackError> {
        Ok(u32::from_be_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]))
    }

    /// Inflates what follows, which has to be as large as announced, and shows it piece by piece.
    pub(super) fn inflate(&mut self, announced: u64, mut seen: impl FnMut(&[u8])) -> Result<(), PackError> {
        let mut inflating = Decompress::new(true);
        loop {
            self.limits.left()?;
            self.need()?;
            let (before_in, before_out) = (inflating.total_in(), inflating.total_out());
            let input = &self.buffer[self.unused.clone()];
            let status = inflating
                .decompress(input, &mut self.inflated, FlushDecompress::None)
                .map_err(|_| PackError::Broken("an object cannot be inflated"))?;
            let made = (inflating.total_out() - before_out) as usize;
            let read = (inflating.total_in() - before_in) as usize;
            if inflating.total_out() > announced {
                return Err(PackError::Broken("an object is larger than announced"));
            }
            seen(&self.inflated[..made]);
            self.used(read)?;
            match status {
                Status::StreamEnd if inflating.total_out() < announced => {
                    return Err(PackError::Broken("an object is smaller than announced"));
                }
                Status::StreamEnd => return Ok(()),
                Status::BufError if read == 0 && made == 0 => {
                    return Err(PackError::Broken("an object cannot be inflated"));
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Reads the checksum, which has to be that of all bytes before it, and then the end. Returns how many bytes there were.
    pub(super) fn end(mut self) -> Result<u64, PackError> {
        let expected: [u8; 20] = std::mem::take(&mut self.hash).finalize().into();
        for byte in expected {
            if self.byte()? != byte {
                return Err(PackError::Broken("its checksum is wrong"));
            }
        }
        if !self.is_over()? {
            return Err(PackError::Broken("more bytes follow it"));
        }
        self.file.flush().map_err(PackError::Disk)?;
        Ok(self.position)
    }
}
