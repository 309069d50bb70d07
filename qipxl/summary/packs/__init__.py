"""A provider summary → packs for readers outside the office: what each needs, as an accessible workbook."""

from qipxl.summary.packs.accessibility import FOR_A_PERSON, faults_in
from qipxl.summary.packs.packs import AUDIENCES, Pack, pack_for, write_pack
from qipxl.summary.packs.workbook import is_published

__all__ = ["AUDIENCES", "FOR_A_PERSON", "Pack", "faults_in", "is_published", "pack_for", "write_pack"]
