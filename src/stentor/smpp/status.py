"""The command_status of a response: what became of the request (SMPP 3.4 §5.1.3, table 5-2)."""

from enum import IntEnum


class CommandStatus(IntEnum):
    """Every status of table 5-2, and what the platform's documents add to it (003 §4.3)."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A  # 003 §4.3: Invalid_Source_Address
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C  # 003 §4.3: Duplicate_Message_ID
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    NETWORK_NOT_COVERED = 0x22  # 003 §4.3; reserved in SMPP 3.4
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF  # 003 §4.3: the account has insufficient balance
    SYSTEM_ERROR_OR_CHANNEL_DISABLED = 0x4A1  # 003 §4.3; vendor range 0x400-0x4FF


_NAMES = {int(status): status.name for status in CommandStatus}


def name_of(status: int) -> str:
    """The name for a log line: "ESME_RTHROTTLED", or "0x00000400" when no table knows it."""
    return _NAMES.get(status) or f"0x{status:08X}"
