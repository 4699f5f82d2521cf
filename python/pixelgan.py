"""Streams and models of pixelgan in Python.

Streams, files and pipes alike (pg-stream(5)); NumPy is all that is needed:

    import pixelgan
    test = pixelgan.read('test.npy')                # test['image'], test['label']
    pixelgan.write('codes.npy', pixelgan.records(code=codes, label=test['label']))

Models (pg-model(5)) as modules of PyTorch, ready to be applied or trained on:

    model = pixelgan.load('digits.safetensors')
    encoder, decoder = model.encoder(), model.decoder()
    image = pixelgan.images(test['image'])          # N x C x H x W, from 0 to 1
    code = encoder(image)                           # what pg-encode writes
    nats = decoder.nll(image, code)                 # -log p(image | code)

and the encoder for other programs (needs onnxscript, too):

    python3 -m pixelgan export-onnx digits.safetensors digits.onnx

The modules give the tools' numbers within 1e-4.
"""
from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import io
import json
import math
import os
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Iterator, Mapping, Sequence, Union

import numpy as np

if TYPE_CHECKING:
    import torch

__version__ = '0.1.0'
__all__ = ['Model', 'ModelError', 'StreamError', 'Writer', 'chunks', 'export_onnx', 'images',
           'load', 'read', 'records', 'write']

Source = Union[str, 'os.PathLike[str]', bytes, BinaryIO]


class StreamError(ValueError):
    """A stream that cannot be read or written: where, what, what to do."""


class ModelError(ValueError):
    """A model that cannot be used: where, what, what to do."""


# ---- Streams: headers ----

_MAGIC = b'\x93NUMPY'
_MARK = 128             # blanks in which the header of an opening array may end
_MOST_HEADER = 65535
_MOST_PADDING = 1 << 24
_PIECE = 1 << 24        # bytes read at once: no memory for what is promised only


class _Input:
    """Bytes of a file or a pipe, and how many there were."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name, self.offset = file, name, 0

    def some(self, size: int) -> bytes:
        """Up to size bytes: fewer at the end of the data only."""
        pieces = []
        while size > 0:
            piece = self.file.read(min(size, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            self.offset += len(piece)
        return b''.join(pieces)

    def all(self, size: int, what: str) -> bytes:
        data = self.some(size)
        if len(data) < size:
            raise StreamError(f'{self.name}: truncated at byte {self.offset}: {what}')
        return data


def _name(source: Any) -> str:
    if isinstance(source, bytes):
        return 'bytes'
    if isinstance(source, (str, os.PathLike)):
        return 'standard input' if source == '-' else os.fspath(source)
    return str(getattr(source, 'name', 'stream'))


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[_Input]:
    name = _name(source)
    if isinstance(source, bytes):
        yield _Input(io.BytesIO(source), name)
    elif isinstance(source, (str, os.PathLike)):
        if source == '-':
            yield _Input(sys.stdin.buffer, name)
        else:
            with open(source, 'rb') as file:
                yield _Input(file, name)
    else:
        yield _Input(source, name)


@dataclass
class _Header:
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    opens: bool      # of a chunked stream: no examples follow


def _start(data: _Input) -> bytes | None:
    """The first bytes of the next array, behind padding; None at the end of the data."""
    zeros, start = 0, data.some(1)
    while start == b'\0' and data.offset > 1 and zeros < _MOST_PADDING:
        zeros += 1
        start = data.some(1)
    if not start:
        return None
    at = data.offset - 1
    start += data.some(5)
    if start != _MAGIC[:len(start)]:
        raise StreamError(f'{data.name}: byte {at}: found {start[:4].hex(" ")} where an array has '
                          'to start with 93 4e 55 4d; pg-prep makes streams of other files')
    return start + data.all(8 - len(start), 'no whole header')


def _header(data: _Input) -> _Header | None:
    """The header of the next array; None at the end of the data."""
    start = _start(data)
    if start is None:
        return None
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(data.all(width, 'no whole header'), 'little')
    if length > _MOST_HEADER:
        raise StreamError(f'{data.name}: a header of {length} bytes; at most {_MOST_HEADER} are '
                          'accepted')
    text = data.all(length, 'no whole header').decode('utf-8', 'replace')
    try:
        literal = ast.literal_eval(text.strip())
        dtype = np.lib.format.descr_to_dtype(literal['descr'])
        shape, fortran = literal['shape'], literal['fortran_order']
        if isinstance(shape, str) and shape.startswith('chunked'):
            return _Header(dtype, (0,), True)
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise ValueError(f'shape {shape}')
        if fortran and sum(size > 1 for size in shape) > 1 and 0 not in shape:
            raise StreamError(f'{data.name}: an array in Fortran order; save '
                              'numpy.ascontiguousarray(a) instead')
        blanks = len(text.rstrip('\n')) - len(text.rstrip())
        return _Header(dtype, tuple(shape), shape[:1] == (0,) and blanks >= _MARK)
    except StreamError:
        raise
    except Exception as error:  # whatever NumPy and Python say of a damaged one
        raise StreamError(f'{data.name}: header: {error}') from None


# ---- Streams: fields ----

def _order(name: str) -> int:
    return {'image': 0, 'label': 1, 'code': 2}.get(name, 3)


def _field_type(where: str, name: str, given: np.dtype[Any]) -> tuple[Any, ...]:
    """The type that a field has in a stream, of what it was given as."""
    kind, shape = given.base.kind, given.shape
    is_float = kind == 'f' and given.base.itemsize in (4, 8)
    if 0 in shape:
        raise StreamError(f"{where}: field '{name}' has shape {shape}, which holds nothing")
    if name == 'image' and given.base == np.uint8 and len(shape) in (2, 3):
        return name, 'u1', shape if len(shape) == 3 else shape + (1,)
    if name == 'label' and kind in 'iu' and math.prod(shape) == 1:
        return name, '<i4'
    if name == 'code' and is_float and len(shape) < 2:
        return name, '<f4', shape or (1,)
    if _order(name) == 3 and is_float and math.prod(shape) == 1:
        return name, '<f4'
    wanted = {'image': 'bytes (H,W) or (H,W,C)', 'label': 'an integer',
              'code': 'floats (K,)'}.get(name, 'a float')
    raise StreamError(f"{where}: field '{name}' is {given}; it has to be {wanted}")


def _stream_type(where: str, given: np.dtype[Any]) -> np.dtype[Any]:
    assert given.names is not None and given.fields is not None
    if not given.names:
        raise StreamError(f'{where}: examples without any field')
    names = sorted(given.names, key=_order)
    return np.dtype([_field_type(where, name, given.fields[name][0]) for name in names])


def _plain(where: str, array: np.ndarray) -> np.ndarray:
    """Records of a plain array: bytes are images, floats are codes."""
    name = {3: 'image', 4: 'image', 2: 'code'}.get(array.ndim)
    if name is None or (name == 'image') != (array.dtype == np.uint8):
        raise StreamError(f'{where}: an array of type {array.dtype} and shape {array.shape}; '
                          'images are bytes (N,H,W) or (N,H,W,C), codes are floats (N,K)')
    result = np.zeros(len(array), [(name, array.dtype, array.shape[1:])])
    result[name] = array
    return result


def _checked(where: str, array: np.ndarray) -> np.ndarray:
    """Records in the order and with the types of a stream, of records or a plain array."""
    if array.dtype.names is None:
        array = _plain(where, np.ascontiguousarray(array))
    if array.ndim != 1:
        raise StreamError(f'{where}: records in an array of shape {array.shape}; they have to be '
                          'in a row (N,): a.reshape(-1)')
    wanted = _stream_type(where, array.dtype)
    if array.dtype == wanted:
        return array
    result = np.zeros(len(array), wanted)
    for name in wanted.names or ():
        own = array[name].reshape(result[name].shape)
        with np.errstate(over='ignore'):
            result[name] = own
        lost = result[name] != own if name == 'label' else np.isinf(result[name]) & np.isfinite(own)
        if name != 'image' and lost.any():
            raise StreamError(f"{where}: field '{name}' has a number that 32 bits do not hold")
    if 'label' in result.dtype.names and (result['label'] < -1).any():
        raise StreamError(f'{where}: labels are -1 (none) or from 0')
    return result


# ---- Streams: reading ----

def _examples(data: _Input, header: _Header) -> Iterator[np.ndarray]:
    """What follows a header, in pieces; at least one, which may be empty."""
    if header.dtype.hasobject:
        raise StreamError(f'{data.name}: an array of Python objects; save numbers')
    if not header.shape:
        raise StreamError(f'{data.name}: an array of shape (); examples are in a row (N,)')
    count, own = header.shape[0], header.shape[1:]
    piece = _checked(data.name, np.zeros((0, *own), header.dtype))   # refused before it is read
    if not count:
        yield piece
    size = math.prod(own) * header.dtype.itemsize
    what = f'the array declares {count} examples of {size} bytes'
    step = max(1, _PIECE // size)
    for begin in range(0, count, step):
        rows = min(step, count - begin)
        array = np.frombuffer(data.all(rows * size, what), header.dtype)
        yield _checked(data.name, array.reshape(rows, *own))


def chunks(source: Source) -> Iterator[np.ndarray]:
    """The examples of a stream, as they come: a file name, '-' for standard
    input, an open file or bytes. Each chunk is an array of records with the fields that the
    stream has: image (H,W,C), label, code (K) and further numbers. The first may be without
    examples: it tells the fields."""
    with _opened(source) as data:
        opened, fields, header = 0, None, _header(data)
        if header is None:
            raise StreamError(f'{data.name}: is empty; a stream starts with an array')
        while header:
            if header.opens:
                opened += 1
            elif header.shape[:1] == (0,) and opened:
                opened -= 1
            for chunk in _examples(data, header):
                if fields is not None and chunk.dtype != fields:
                    raise StreamError(f'{data.name}: an array has other fields ({chunk.dtype}) '
                                      f'than the first ({fields})')
                if len(chunk) or fields is None:
                    yield chunk
                fields = chunk.dtype
            header = _header(data)
        if opened:
            raise StreamError(f'{data.name}: truncated at byte {data.offset}: the empty array that '
                              'ends a chunked stream is missing; the program that wrote it failed')


def read(source: Source) -> np.ndarray:
    """All examples of a stream as one array of records; see chunks."""
    return np.concatenate(list(chunks(source)))


# ---- Streams: writing ----

def records(image: np.ndarray | None = None, label: Any = None, code: Any = None,
            **numbers: Any) -> np.ndarray:
    """Records of arrays with a row for each example: images are bytes (N,H,W) or (N,H,W,C),
    labels integers, codes floats (N,K); further fields have a float for each example."""
    given = {name: np.asarray(value) for name, value in
             dict(image=image, label=label, code=code, **numbers).items() if value is not None}
    if len({len(value) for value in given.values()}) != 1:
        raise StreamError('records: the fields need one length, they have ' + (', '.join(
            f'{name} {len(value)}' for name, value in given.items()) or 'none'))
    for name, value in given.items():
        if value.dtype.kind in 'iu' and name not in ('image', 'label'):
            given[name] = value.astype('f8')
    rows = len(next(iter(given.values())))
    result = np.zeros(rows, [(name, value.dtype, value.shape[1:]) for name, value in given.items()])
    for name, value in given.items():
        result[name] = value
    return _checked('records', result)


def write(target: str | os.PathLike[str] | BinaryIO, examples: np.ndarray) -> None:
    """Writes records, or a plain array of images or codes, as one array. A file gets its name
    when it is complete; '-' is standard output."""
    if isinstance(target, (str, os.PathLike)) and target != '-':
        array = _checked(os.fspath(target), examples)
        with _replacing(os.fspath(target)) as file:
            np.lib.format.write_array(file, array, allow_pickle=False)
        return
    file = sys.stdout.buffer if isinstance(target, (str, os.PathLike)) else target
    np.lib.format.write_array(file, _checked(_name(target), examples), allow_pickle=False)
    file.flush()


@contextlib.contextmanager
def _replacing(path: str) -> Iterator[BinaryIO]:
    """A file that takes the place of another when all is written."""
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, 'wb') as device:
            yield device
        return
    mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else None
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix='.pixelgan-')
    try:
        with open(descriptor, 'wb') as file:
            yield file
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _opening(dtype: np.dtype[Any]) -> bytes:
    """The array that opens a chunked stream."""
    descr = np.lib.format.dtype_to_descr(dtype)
    shape = "'chunked; this makes one array of it: pg-prep FILE -o ARRAY'"
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    length = (10 + len(text) + 1 + 63) // 64 * 64
    return _MAGIC + b'\1\0' + (length - 10).to_bytes(2, 'little') + text.ljust(length - 11) + b'\n'


class Writer:
    """A chunked stream, for a pipe or where the number of examples is not known:

        with pixelgan.Writer(sys.stdout.buffer) as out:
            for chunk in pixelgan.chunks('-'):
                out.write(chunk[chunk['label'] == 7])

    What is left by an exception has no end, so that readers refuse it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._dtype: np.dtype[Any] | None = None

    def write(self, examples: np.ndarray) -> None:
        array = _checked(_name(self._file), examples)
        if self._dtype is None:
            self._dtype = array.dtype
            self._file.write(_opening(array.dtype))
        if array.dtype != self._dtype:
            raise StreamError(f'{_name(self._file)}: other fields ({array.dtype}) than before '
                              f'({self._dtype})')
        if len(array):
            np.lib.format.write_array(self._file, array, allow_pickle=False)

    def close(self) -> None:
        """Ends the stream; the file stays open."""
        if self._dtype is None:
            raise StreamError(f'{_name(self._file)}: no examples, and so no fields; write an array '
                              'of records without any')
        np.lib.format.write_array(self._file, np.zeros(0, self._dtype), allow_pickle=False)
        self._file.flush()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: Any, *unused: Any) -> None:
        if kind is None:
            self.close()


# ---- Model files ----

def _safetensors(path: str) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and the tensors of 32-bit floats."""
    with open(path, 'rb') as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], 'little')
    try:
        if len(data) < start:
            raise ValueError
        header = json.loads(data[8:start])
        metadata = {str(key): str(value) for key, value in header.pop('__metadata__', {}).items()}
        tensors = {name: _tensor(data, start, entry) for name, entry in header.items()
                   if entry['dtype'] == 'F32'}
    except EOFError:
        raise ModelError(f'{path}: truncated at byte {len(data)}; copy the file again') from None
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        raise ModelError(f'{path}: not a model file (safetensors); pg-train makes one') from None
    return metadata, tensors


def _tensor(data: bytes, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    begin, end = entry['data_offsets']
    shape = entry['shape']
    if not all(isinstance(size, int) and size >= 0 for size in [begin, end, *shape]):
        raise ValueError
    if start + end > len(data):
        raise EOFError
    values = np.frombuffer(data, '<f4', (end - begin) // 4, start + begin).reshape(shape)
    return values.astype('f4', copy=False)   # as the machine has it


def load(path: str | os.PathLike[str]) -> Model:
    """Reads a model file, or the model in a checkpoint."""
    path = os.fspath(path)
    metadata, tensors = _safetensors(path)
    version = metadata.get('format_version')
    if version != '1':
        raise ModelError(f'{path}: model format {version!r}, this module reads \'1\': use the '
                         'version that made it' if version else
                         f'{path}: safetensors without \'format_version\' in its metadata: not a '
                         'model made by pg-train')
    tensors = {name: value for name, value in tensors.items() if not name.startswith('checkpoint.')}
    for name, value in tensors.items():
        if not np.isfinite(value).all():
            raise ModelError(f"{path}: tensor '{name}' holds values that are not finite: its "
                             'training diverged; train it anew')
    return Model(path, metadata, tensors)


@dataclass(frozen=True)
class Model:
    """What a model file holds: its metadata as strings and its tensors as they lie there (see
    pg-model(5)), and modules of PyTorch made of them. Modules are in evaluation mode, with
    weights of their own."""

    name: str
    metadata: Mapping[str, str]
    tensors: Mapping[str, np.ndarray]

    # -- What it is --

    def word(self, key: str, default: str | None = None) -> str:
        """A metadata string that has to be there, or have a default."""
        value = self.metadata.get(key, default)
        if value is None:
            raise ModelError(f"{self.name}: metadata has no '{key}': not a model of pixelgan")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        try:
            return int(self.word(key, None if default is None else str(default)))
        except ValueError as error:
            raise ModelError(f"{self.name}: metadata '{key}': {error}") from None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self.number('height'), self.number('width'), self.number('channels')

    @property
    def prior_name(self) -> str:
        """none, gaussian, mixture, categorical, label or flow."""
        return self.word('prior').partition(':')[0]

    @property
    def code_size(self) -> int:
        """Numbers of a code; 0 without one."""
        name, _, size = self.word('prior').partition(':')
        if not size.isdecimal() and name != 'none':
            raise ModelError(f"{self.name}: prior '{self.word('prior')}' is not known here")
        return 2 if name == 'mixture' else int(size or 0)

    @property
    def is_discrete(self) -> bool:
        """Codes are probabilities of categories, or one-hot labels."""
        return self.prior_name in ('categorical', 'label')

    @property
    def has_encoder(self) -> bool:
        return self.prior_name not in ('none', 'label')

    def labels(self) -> np.ndarray | None:
        """The label that each category stands for, -1 where none is known: of the labels it was
        trained with, else of those that pg-classify --save found. None where it knows no labels."""
        text = self.metadata.get('classes') or self.metadata.get('cluster_labels')
        if not text:
            return None
        try:
            return np.array([int(label) for label in text.split(',')])
        except ValueError:
            raise ModelError(f"{self.name}: metadata '{text[:40]}' is no list of labels") from None

    def label_codes(self, labels: Any) -> np.ndarray:
        """Labels as one-hot codes, for a model with prior label."""
        known = self.labels()
        known = np.arange(self.code_size) if known is None else known
        codes = np.zeros((len(labels), self.code_size), 'f4')
        codes[:, :len(known)] = np.asarray(labels)[:, None] == known
        if not codes.any(1).all():
            raise ModelError(f'{self.name}: labels that the model was not trained with')
        return codes

    def tensor(self, name: str) -> np.ndarray:
        if name not in self.tensors:
            raise ModelError(f"{self.name}: tensor '{name}' is missing: damaged, or not made by "
                             'pg-train')
        return self.tensors[name]

    # -- Modules --

    def encoder(self) -> torch.nn.Module:
        """From images N x C x H x W, from 0 to 1, to codes N x K: numbers, the means of a
        Gaussian posterior, or probabilities of categories. .posterior(image) gives means and
        logarithms of variances."""
        if not self.has_encoder:
            raise ModelError(f'{self.name}: has no encoder (prior {self.prior_name})')
        return _networks().Encoder(self).eval()

    def decoder(self) -> torch.nn.Module:
        """From images and codes to the parameters of each pixel's likelihood, N x P x H x W;
        .nll(image, code) gives -log p(image | code) in nats. A factorised decoder does not look
        at the image. Codes are left out where the model has none (prior none). With likelihood
        bernoulli images are black and white: torch.bernoulli(image)."""
        kind = self.word('decoder')
        if kind not in ('pixelcnn', 'factorised'):
            raise ModelError(f"{self.name}: decoder '{kind}' is not known here")
        networks = _networks()
        return (networks.PixelCNN if kind == 'pixelcnn' else networks.Factorised)(self).eval()

    def discriminator(self) -> torch.nn.Module:
        """From codes to the logit of having been drawn from the prior. Where the model is
        label_informed, codes are followed by the class, one-hot, the last place being for those
        without a label."""
        if not any(name.startswith('discriminator.') for name in self.tensors):
            raise ModelError(f"{self.name}: has no discriminator (pull {self.word('pull')})")
        return _networks().discriminator(self).eval()

    def prior(self) -> torch.nn.Module:
        """From codes to log p(code) in nats, for a prior with a density: gaussian, mixture or
        flow."""
        kinds = _networks().priors
        if self.prior_name not in kinds:
            raise ModelError(f'{self.name}: prior {self.prior_name} has no density')
        return kinds[self.prior_name](self).eval()


def images(image: np.ndarray) -> torch.Tensor:
    """Images of a stream, bytes (N,H,W,C), as modules take them: N x C x H x W, from 0 to 1."""
    import torch
    return torch.from_numpy(np.ascontiguousarray(image)).permute(0, 3, 1, 2).float() / 255


# ---- Networks ----

_LEVELS = 256
_LEAST_VARIANCE = 10 / 255 ** 2     # added to an image's own, normalize contrast
_TIE_GAIN = 16                      # of likelihood softmax
_LEAST_LOG_SCALE = -7               # of likelihood logistic
_FLOW_LIMIT = 4                     # of the log scale of a step
_PETAL = 2.0, 0.5, 0.15             # distance, length, width; prior mixture


def _dilations(model: Model) -> list[int]:
    """Of the PixelCNN's blocks; 0 for a single tap. A wide field is shared out evenly, but no tap
    is farther off than the layers below reach, unless in the last block."""
    blocks, field = model.number('blocks'), model.word('receptive_field')
    reach = model.tensor('decoder.first.v.weight').shape[0]
    if field == '0':
        return [1] * blocks
    radius = max(*model.image_shape[:2], 2) - 1 if field == 'full' else int(field) // 2
    left = max(radius - 3, 0)
    if left <= blocks:
        return [int(i < left) for i in range(blocks)]
    result = []
    for i in range(blocks):
        dilation = left // (blocks - i)
        if i + 1 < blocks:
            dilation = min(dilation, reach)
        result.append(dilation)
        left, reach = left - dilation, reach + dilation
    return result


_MODULES = ('Normalize', 'Residual', 'Encoder', 'Factorised', 'Block', 'PixelCNN', 'Gaussian',
            'Mixture', 'Masked', 'Flow', 'Classifier')


@functools.lru_cache(maxsize=None)
def _networks() -> Any:
    """The modules. They are made when the first is asked for, as streams need no PyTorch, and
    take the place of names of this one, so that they can be pickled."""
    try:
        import torch
    except ImportError:
        raise ModelError('modules need PyTorch: pip install torch') from None
    from torch import nn
    import torch.nn.functional as F

    def tensor(model: Model, name: str) -> torch.Tensor:
        return torch.tensor(model.tensor(name))

    def has(model: Model, name: str) -> bool:
        return name in model.tensors

    def parameter(module: nn.Module, name: str, value: torch.Tensor) -> None:
        getattr(module, name).data = value.contiguous().clone()

    def dense(model: Model, name: str, height: int = 0, width: int = 0) -> nn.Linear:
        """Its inputs are maps of that size, channels last in the file and first here."""
        weight = tensor(model, name + '.weight')
        if height:
            maps = weight.shape[0] // (height * width)
            weight = weight.view(height, width, maps, -1).permute(2, 0, 1, 3).flatten(0, 2)
        layer = nn.Linear(weight.shape[0], weight.shape[1], bias=has(model, name + '.bias'))
        parameter(layer, 'weight', weight.T)
        if layer.bias is not None:
            parameter(layer, 'bias', tensor(model, name + '.bias'))
        return layer

    def dense_to_maps(model: Model, name: str, height: int, width: int) -> nn.Sequential:
        """The same for its outputs."""
        layer = dense(model, name)
        maps = layer.out_features // (height * width)
        for own in (layer.weight, layer.bias):
            if own is not None:
                own.data = own.data.unflatten(0, (height, width, maps)).movedim(2, 0) \
                    .flatten(0, 2).clone()
        return nn.Sequential(layer, nn.Unflatten(1, (maps, height, width)))

    def conv(model: Model, name: str, pad: tuple[int, int, int, int] = (0, 0, 0, 0),
             **more: Any) -> nn.Module:
        """pad: left, right, top, bottom."""
        weight = tensor(model, name + '.weight')
        rows, columns, inputs, outputs = weight.shape
        layer = nn.Conv2d(inputs, outputs, (rows, columns), bias=has(model, name + '.bias'), **more)
        parameter(layer, 'weight', weight.permute(3, 2, 0, 1))
        if layer.bias is not None:
            parameter(layer, 'bias', tensor(model, name + '.bias'))
        return nn.Sequential(nn.ZeroPad2d(pad), layer) if any(pad) else layer

    def transposed(model: Model, name: str, height: int, width: int) -> nn.ConvTranspose2d:
        """To maps of that size."""
        weight = tensor(model, name + '.weight')
        rows, columns, outputs, inputs = weight.shape
        layer = nn.ConvTranspose2d(inputs, outputs, (rows, columns), 2, (rows // 2, columns // 2),
                                   ((height + 1) % 2, (width + 1) % 2))
        parameter(layer, 'weight', weight.permute(3, 2, 0, 1))
        parameter(layer, 'bias', tensor(model, name + '.bias'))
        return layer

    def norm(model: Model, name: str, kind: type[nn.Module]) -> nn.Module:
        gamma = tensor(model, name + '.norm.gamma')
        layer = kind(len(gamma), eps=1e-5, momentum=0.1)
        for own, stored in (('weight', 'gamma'), ('bias', 'beta'), ('running_mean', 'mean'),
                            ('running_var', 'variance')):
            parameter(layer, own, tensor(model, f'{name}.norm.{stored}'))
        return layer

    # -- Encoder --

    class Normalize(nn.Module):
        """What is done to an image before it is encoded."""

        mean: torch.Tensor
        deviation: torch.Tensor

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.kind = model.word('normalize', 'none')
            if self.kind not in ('none', 'mean', 'standard', 'contrast'):
                raise ModelError(f"{model.name}: normalize '{self.kind}' is not known here")
            if self.kind in ('mean', 'standard'):
                for name in ('mean', 'deviation'):
                    own = tensor(model, f'encoder.input.{name}')
                    self.register_buffer(name, own[:, None, None])

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            if self.kind == 'contrast':
                centred = image - image.mean((1, 2, 3), keepdim=True)
                variance = (centred ** 2).mean((1, 2, 3), keepdim=True)
                return centred / (variance + _LEAST_VARIANCE).sqrt()
            if self.kind in ('mean', 'standard'):
                image = image - self.mean
            return image / self.deviation if self.kind == 'standard' else image

    def normalised(model: Model, name: str, stride: int) -> nn.Sequential:
        """A convolution with normalisation."""
        taps = model.tensor(name + '.weight').shape[0]
        return nn.Sequential(conv(model, name, stride=stride, padding=taps // 2),
                             norm(model, name, nn.BatchNorm2d))

    def plain(model: Model) -> tuple[list[nn.Module], int]:
        """Convolutions one after the other, and how often they halve the sides, rounding up."""
        layers, i = [], 1
        while has(model, f'encoder.conv{i}.weight'):
            layers += [normalised(model, f'encoder.conv{i}', 2), nn.ReLU()]
            i += 1
        return layers, i - 1

    class Residual(nn.Module):
        def __init__(self, model: Model, name: str) -> None:
            super().__init__()
            halves = has(model, name + '.shortcut.weight')
            self.conv1 = normalised(model, name + '.conv1', 2 if halves else 1)
            self.conv2 = normalised(model, name + '.conv2', 1)
            self.shortcut = normalised(model, name + '.shortcut', 2) if halves else nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))

    def residual(model: Model) -> tuple[list[nn.Module], int]:
        layers: list[nn.Module] = [normalised(model, 'encoder.conv1', 2), nn.ReLU()]
        stage = 2
        while has(model, f'encoder.stage{stage}.block1.conv1.weight'):
            block = 1
            while has(model, f'encoder.stage{stage}.block{block}.conv1.weight'):
                layers.append(Residual(model, f'encoder.stage{stage}.block{block}'))
                block += 1
            stage += 1
        return layers, stage - 1

    class Encoder(nn.Module):
        def __init__(self, model: Model) -> None:
            super().__init__()
            self.is_discrete = model.is_discrete
            self.is_gaussian = model.word('posterior') == 'gaussian'
            kind = model.word('encoder', 'plain')
            if kind not in ('plain', 'residual'):
                raise ModelError(f"{model.name}: encoder '{kind}' is not known here")
            layers, halved = (plain if kind == 'plain' else residual)(model)
            height, width = (-(-side // 2 ** halved) for side in model.image_shape[:2])
            layers += [nn.Flatten(), dense(model, 'encoder.hidden', height, width),
                       norm(model, 'encoder.hidden', nn.BatchNorm1d), nn.ReLU(),
                       dense(model, 'encoder.out')]
            if has(model, 'encoder.out.norm.gamma'):
                layers.append(norm(model, 'encoder.out', nn.BatchNorm1d))
            self.normalize = Normalize(model)
            self.layers = nn.Sequential(*layers)

        def outputs(self, image: torch.Tensor) -> torch.Tensor:
            """Codes, logits of categories, or means followed by logarithms of variances."""
            return self.layers(self.normalize(image))

        def posterior(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            if not self.is_gaussian:
                raise ModelError('the posterior of this model is not gaussian')
            mean, log_variance = self.outputs(image).chunk(2, 1)
            return mean, log_variance

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            outputs = self.outputs(image)
            if self.is_discrete:
                return outputs.softmax(1)
            return outputs.chunk(2, 1)[0] if self.is_gaussian else outputs

    # -- Likelihoods: outputs N x P x H x W, targets x N x C x H x W as the decoder sees them --

    def bernoulli(model: Model, outputs: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(outputs, x, reduction='none').sum((1, 2, 3))

    def softmax(model: Model, outputs: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        channels = x.shape[1]
        levels = torch.arange(_LEVELS, device=x.device).view(1, -1, 1, 1) * (2 / 255) - 1
        ties, nats = outputs[:, channels * _LEVELS:], x.new_zeros(len(x))
        for c in range(channels):
            logits = outputs[:, c * _LEVELS:(c + 1) * _LEVELS]
            for b in range(c):
                tie = c * (c - 1) // 2 + b
                logits = logits - _TIE_GAIN * ties[:, tie:tie + 1] * (levels - x[:, b:b + 1]) ** 2
            nats = nats + F.cross_entropy(logits, ((x[:, c] + 1) * 127.5).round().long(),
                                          reduction='none').sum((1, 2))
        return nats

    def logistic(model: Model, outputs: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        channels, half = x.shape[1], 1 / 255
        own = outputs.unflatten(1, (model.number('mixtures', 5), -1)).unbind(2)
        joint = own[0]
        for c in range(channels):
            mean, log_scale = own[1 + c], own[1 + channels + c].clamp(min=_LEAST_LOG_SCALE)
            for b in range(c):
                tie = own[1 + 2 * channels + c * (c - 1) // 2 + b]
                mean = mean + tie.tanh() * x[:, b:b + 1]
            inverse, centred = (-log_scale).exp(), x[:, c:c + 1] - mean
            below = F.logsigmoid((centred + half) * inverse)       # log F(a)
            above = F.logsigmoid(-(centred - half) * inverse)      # log F(-b)
            inside = below + above + (-torch.expm1(-2 * half * inverse)).log()
            mass = torch.where(x[:, c:c + 1] < -0.999, below, inside)
            joint = joint + torch.where(x[:, c:c + 1] > 0.999, above, mass)
        return (own[0].logsumexp(1) - joint.logsumexp(1)).sum((1, 2))

    likelihoods = {'bernoulli': bernoulli, 'softmax': softmax, 'logistic': logistic}

    class Decoder(nn.Module):
        """What the decoders have in common."""

        def __init__(self, model: Model) -> None:
            super().__init__()
            kind = model.word('likelihood')
            if kind not in likelihoods:
                raise ModelError(f"{model.name}: likelihood '{kind}' is not known here")
            self.model, self.likelihood = Model(model.name, model.metadata, {}), kind

        def shown(self, image: torch.Tensor) -> torch.Tensor:
            """An image on the scale of the likelihood."""
            return image if self.likelihood == 'bernoulli' else 2 * image - 1

        def nll(self, image: torch.Tensor, code: torch.Tensor | None = None) -> torch.Tensor:
            outputs = self(image, code)
            return likelihoods[self.likelihood](self.model, outputs, self.shown(image))

    # -- Decoders --

    def upsampler(model: Model, prefix: str) -> nn.Sequential:
        """From a code to maps as large as the image."""
        sizes = [model.image_shape[:2]]
        count = sum(has(model, f'{prefix}.conv{i}.weight') for i in range(1, 100))
        for i in range(count):
            sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
        layers = [dense(model, prefix + '.dense1'), nn.ReLU(),
                  dense_to_maps(model, prefix + '.dense2', *sizes[-1])]
        for i in range(count):
            layers += [nn.ReLU(), transposed(model, f'{prefix}.conv{i + 1}', *sizes[count - 1 - i])]
        return nn.Sequential(*layers)

    class Factorised(Decoder):
        def __init__(self, model: Model) -> None:
            super().__init__(model)
            self.layers = upsampler(model, 'decoder')

        def forward(self, image: torch.Tensor, code: torch.Tensor | None = None) -> torch.Tensor:
            return self.layers(code)

    class Block(nn.Module):
        def __init__(self, model: Model, name: str, dilation: int) -> None:
            super().__init__()
            d, more = dilation, {'dilation': max(dilation, 1)}
            self.v = conv(model, name + '.v', (d, d, d, 0), **more)
            self.h = conv(model, name + '.h', (d, 0, 0, 0), **more)
            self.vh, self.out_h = conv(model, name + '.vh'), conv(model, name + '.out_h')
            last = not has(model, name + '.out_v.weight')
            self.out_v = None if last else conv(model, name + '.out_v')

        def forward(self, v: torch.Tensor, h: torch.Tensor, bias_v: torch.Tensor,
                    bias_h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            a = F.relu(self.v(F.relu(v)) + bias_v)
            b = F.relu(self.h(F.relu(h)) + self.vh(a) + bias_h)
            return v if self.out_v is None else v + self.out_v(a), h + self.out_h(b)

    class PixelCNN(Decoder):
        def __init__(self, model: Model) -> None:
            super().__init__(model)
            r = model.tensor('decoder.first.v.weight').shape[0]
            self.first_v = conv(model, 'decoder.first.v', (r, r, r, -1))
            self.first_h = conv(model, 'decoder.first.h', (r, -1, 0, 0))
            self.first_vh = conv(model, 'decoder.first.vh')
            self.blocks = nn.ModuleList(Block(model, f'decoder.block{i + 1}', dilation)
                                        for i, dilation in enumerate(_dilations(model)))
            self.out1, self.out2 = conv(model, 'decoder.out1'), conv(model, 'decoder.out2')
            self.bias = nn.Parameter(tensor(model, 'decoder.bias'))
            self.code = dense(model, 'decoder.code') if model.code_size else None
            self.map = None
            if has(model, 'decoder.map.weight'):
                cell = model.number('map_cell', 1)
                cells = [-(-side // cell) for side in model.image_shape[:2]]
                self.map = dense_to_maps(model, 'decoder.map', *cells)
                if cell > 1:
                    self.map.append(nn.Upsample(scale_factor=cell, mode='bilinear'))
            elif has(model, 'decoder.map.dense1.weight'):
                self.map = upsampler(model, 'decoder.map')

        def biases(self, code: torch.Tensor | None) -> Sequence[torch.Tensor]:
            """Of each layer, the vertical stack's before the horizontal one's."""
            biases = self.bias[None]
            if self.code is not None:
                biases = biases + self.code(code).unflatten(1, self.bias.shape)
            return biases[..., None, None].unbind(1)

        def forward(self, image: torch.Tensor, code: torch.Tensor | None = None) -> torch.Tensor:
            target, bias = self.shown(image), self.biases(code)
            v = self.first_v(target) + bias[0]
            h = self.first_h(target) + self.first_vh(v) + bias[1]
            if self.map is not None:
                placed = self.map(code)[..., :v.shape[2], :v.shape[3]]
                v, h = v + placed, h + placed
            for i, block in enumerate(self.blocks):
                v, h = block(v, h, bias[2 + 2 * i], bias[3 + 2 * i])
            return self.out2(F.relu(self.out1(F.relu(h)) + bias[-1]))

    # -- Discriminator and priors --

    def discriminator(model: Model) -> nn.Sequential:
        layers: list[nn.Module] = []
        while has(model, f'discriminator.layer{len(layers) // 2 + 1}.weight'):
            layers += [dense(model, f'discriminator.layer{len(layers) // 2 + 1}'), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def normal(code: torch.Tensor) -> torch.Tensor:
        return -0.5 * (code ** 2 + math.log(2 * math.pi)).sum(1)

    class Gaussian(nn.Module):
        def __init__(self, model: Model) -> None:
            super().__init__()

        def forward(self, code: torch.Tensor) -> torch.Tensor:
            return normal(code)

    class Mixture(nn.Module):
        """Gaussians on a circle like petals."""

        axis: torch.Tensor

        def __init__(self, model: Model) -> None:
            super().__init__()
            count = int(model.word('prior').partition(':')[2])
            angle = 2 * math.pi * torch.arange(count) / count
            self.register_buffer('axis', torch.stack([angle.cos(), angle.sin()]))

        def forward(self, code: torch.Tensor) -> torch.Tensor:
            distance, length, width = _PETAL
            along = (code @ self.axis - distance) / length
            across = (code[:, 1:] * self.axis[0] - code[:, :1] * self.axis[1]) / width
            each = -0.5 * (along ** 2 + across ** 2) - math.log(2 * math.pi * length * width)
            return each.logsumexp(1) - math.log(self.axis.shape[1])

    class Masked(nn.Module):
        """A dense layer of which only some weights count: from places or degrees to others."""

        counts: torch.Tensor

        def __init__(self, model: Model, name: str, counts: torch.Tensor) -> None:
            super().__init__()
            self.dense = dense(model, name)
            self.register_buffer('counts', counts.T)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return F.linear(x, self.dense.weight * self.counts, self.dense.bias)

    class Flow(nn.Module):
        def __init__(self, model: Model) -> None:
            super().__init__()
            size, steps = model.code_size, []
            for step in range(model.number('flow_steps', 2)):
                name = f'prior.step{step + 1}.layer'
                hidden = model.tensor(name + '1.bias').shape[0]
                degree = 1 + torch.arange(hidden) % (size - 1 if size > 2 else 1)
                place = torch.arange(1, size + 1)
                place = place.flip(0) if step % 2 else place
                steps.append(nn.Sequential(
                    Masked(model, name + '1', degree >= place[:, None]), nn.ReLU(),
                    Masked(model, name + '2', degree >= degree[:, None]), nn.ReLU(),
                    Masked(model, name + '3', place.repeat(2) > degree[:, None])))
            self.steps = nn.ModuleList(steps)

        def forward(self, code: torch.Tensor) -> torch.Tensor:
            nats = code.new_zeros(len(code))
            for step in self.steps:
                mean, raw = step(code).chunk(2, 1)
                log_scale = _FLOW_LIMIT * (raw / _FLOW_LIMIT).tanh()
                code = (code - mean) * (-log_scale).exp()
                nats = nats - log_scale.sum(1)
            return nats + normal(code)

    class Classifier(nn.Module):
        """For other programs: from bytes N x H x W x C to codes and, where the model knows them,
        labels."""

        labels: torch.Tensor

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.encoder = model.encoder()
            labels = model.labels() if model.is_discrete else None
            self.known = labels is not None
            if labels is not None:
                labels = np.pad(labels, (0, model.code_size - len(labels)), constant_values=-1)
                self.register_buffer('labels', torch.tensor(labels))

        def forward(self, image: torch.Tensor) -> Any:
            code = self.encoder(image.permute(0, 3, 1, 2).float() / 255)
            return (code, self.labels[code.argmax(1)]) if self.known else (code,)

    for own in (Normalize, Residual, Encoder, Factorised, Block, PixelCNN, Gaussian, Mixture,
                Masked, Flow, Classifier):
        assert own.__name__ in _MODULES
        own.__qualname__ = own.__name__
        globals()[own.__name__] = own
    return argparse.Namespace(Encoder=Encoder, PixelCNN=PixelCNN, Factorised=Factorised,
                              Classifier=Classifier, discriminator=discriminator,
                              priors={'gaussian': Gaussian, 'mixture': Mixture, 'flow': Flow})


def __getattr__(name: str) -> Any:
    """Modules by their names: what pickle looks for."""
    if name in _MODULES:
        _networks()
        return globals()[name]
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


# ---- Export ----

def export_onnx(model: Model, path: str | os.PathLike[str]) -> None:
    """Writes the encoder as an ONNX file. Its input `image` are bytes N x H x W x C as a stream
    has them, its outputs `code` and, where the model has categories that it knows labels of,
    `label`. Needs torch and onnxscript."""
    network = _networks().Classifier(model).eval()
    import torch
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise ModelError('an ONNX file needs onnxscript: pip install onnxscript') from None
    example = torch.zeros((2, *model.image_shape), dtype=torch.uint8)
    names = ['code', 'label'] if network.known else ['code']
    with torch.no_grad():
        program = torch.onnx.export(network, (example,), input_names=['image'], output_names=names,
                                    dynamic_shapes=({0: torch.export.Dim('count')},), dynamo=True,
                                    verbose=False)
    assert program is not None
    for key in ('prior', 'classes', 'cluster_labels', 'program', 'seed'):
        if key in model.metadata:
            program.model.metadata_props[key] = model.metadata[key]
    with _replacing(os.fspath(path)) as file:
        file.write(program.model_proto.SerializeToString())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python3 -m pixelgan',
                                     description='Models of pixelgan for other programs.')
    parser.add_argument('--version', action='version', version=f'pixelgan {__version__}')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    export = commands.add_parser('export-onnx', help='write the encoder of a model as ONNX')
    export.add_argument('model', metavar='MODEL')
    export.add_argument('output', metavar='OUTPUT')
    options = parser.parse_args(arguments)
    try:
        export_onnx(load(options.model), options.output)
    except (ModelError, OSError) as error:
        print(f'pixelgan: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
