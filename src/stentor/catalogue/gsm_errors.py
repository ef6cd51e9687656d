"""Why a network or a phone did not take a message (004 "GSM error codes", HTTP and SMPP tables; 003 table 15).

The two tables of 004 differ in ten permanent flags and in the spelling of names, so each row keeps both.
"""
# ruff: noqa: E501 - one error a line

from enum import IntEnum
from typing import Final

import msgspec


class ErrorGroupId(IntEnum):
    OK = 0
    HANDSET_ERRORS = 1
    USER_ERRORS = 2
    OPERATOR_ERRORS = 3


class ErrorGroup(msgspec.Struct, frozen=True):
    id: int
    name: str
    description: str


class GsmError(msgspec.Struct, frozen=True):
    id: int
    group_id: int
    group_name: str
    name: str
    smpp_name: str | None
    """Its spelling in the SMPP table; None if it is not in there."""
    description: str
    permanent: bool
    """As HTTP bodies print it."""
    permanent_smpp: bool | None
    """As the SMPP table has it; None where that says nothing."""


ERROR_GROUPS: Final[dict[int, ErrorGroup]] = {
    int(row[0]): ErrorGroup(int(row[0]), row[0].name, row[1])
    for row in (
        (ErrorGroupId.OK, "No error."),
        (ErrorGroupId.HANDSET_ERRORS, "Handset error occurred."),
        (ErrorGroupId.USER_ERRORS, "User error occurred."),
        (ErrorGroupId.OPERATOR_ERRORS, "Operator error occurred."),
    )
}

_OK, _HANDSET, _USER, _OPERATOR = ErrorGroupId

# id, group, HTTP name, SMPP name, description, permanent in the HTTP table, in the SMPP table
# fmt: off
_ROWS: Final = (
    (0, _OK, "NO_ERROR", "NO_ERROR", "No Error", False, None),
    (1, _HANDSET, "EC_UNKNOWN_SUBSCRIBER", "EC_UNKNOWN_SUBSCRIBER", "Unknown Subscriber", True, True),
    (5, _HANDSET, "EC_UNIDENTIFIED_SUBSCRIBER", "EC_UNIDENTIFIED_SUBSCRIBER", "Unidentified Subscriber", False, False),
    (6, _HANDSET, "EC_ABSENT_SUBSCRIBER_SM", "EC_ABSENT_SUBSCRIBER_SM", "Absent Subscriber", False, False),
    (9, _HANDSET, "EC_ILLEGAL_SUBSCRIBER", "EC_ILLEGAL_SUBSCRIBER", "Illegal Subscriber", False, True),
    (10, _OPERATOR, "EC_BEARER_SERVICE_NOT_PROVISIONED", "EC_BEARER_SERVICE_NOT_PROVISIONED", "Bearer Service Not Provisioned", True, False),
    (11, _HANDSET, "EC_TELESERVICE_NOT_PROVISIONED", "EC_TELESERVICE_NOT_PROVISIONED", "Teleservice Not Provisioned", True, True),
    (12, _HANDSET, "EC_ILLEGAL_EQUIPMENT", "EC_ILLEGAL_EQUIPMENT", "Illegal Equipment", True, True),
    (13, _HANDSET, "EC_CALL_BARRED", "EC_CALL_BARRED", "Call Barred", False, False),
    (20, _OPERATOR, "EC_SS_INCOMPATIBILITY", "EC_SS_INCOMPATIBILITY", "SS Incompatibility", False, False),
    (21, _HANDSET, "EC_FACILITY_NOT_SUPPORTED", "EC_FACILITY_NOT_SUPPORTED", "Facility Not Supported", False, False),
    (27, _HANDSET, "EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER", "Absent Subscriber", False, False),
    (31, _HANDSET, "EC_SUBSCRIBER_BUSY_FOR_MT_SMS", "EC_SUBSCRIBER_BUSY_FOR_MT_SMS", "Subscriber Busy For MT SMS", False, False),
    (32, _HANDSET, "EC_SM_DELIVERY_FAILURE", "EC_SM_DELIVERY_FAILURE", "SM Delivery Failure", False, False),
    (33, _HANDSET, "EC_MESSAGE_WAITING_LIST_FULL", "EC_MESSAGE_WAITING_LIST_FULL", "Message Waiting List Full", False, False),
    (34, _HANDSET, "EC_SYSTEM_FAILURE", "EC_SYSTEM_FAILURE", "System Failure", False, False),
    (35, _HANDSET, "EC_DATA_MISSING", "EC_DATA_MISSING", "Data Missing", False, True),
    (36, _HANDSET, "EC_UNEXPECTED_DATA_VALUE", "EC_UNEXPECTED_DATA_VALUE", "Unexpected Data Value", False, True),
    (51, _OPERATOR, "EC_RESOURCE_LIMITATION", "EC_RESOURCE_LIMITATION", "Resource Limitation", True, False),
    (71, _OPERATOR, "EC_UNKNOWN_ALPHABET", "EC_UNKNOWN_ALPHABET", "Unknown Alphabet", False, True),
    (72, _HANDSET, "EC_USSD_BUSY", "EC_USSD_BUSY", "Ussd Busy", True, True),
    (255, _HANDSET, "EC_UNKNOWN_ERROR", "EC_UNKNOWN_ERROR", "Unknown Error", False, True),
    (256, _HANDSET, "EC_SM_DF_MEMORYCAPACITYEXCEEDED", "EC_SM_DF_memoryCapacityExceeded", "SM DF Memory Capacity Exceeded", False, False),
    (257, _HANDSET, "EC_SM_DF_EQUIPMENTPROTOCOLERROR", "EC_SM_DF_equipmentProtocolError", "SM DF Equipment Protocol Error", False, False),
    (258, _HANDSET, "EC_SM_DF_EQUIPMENTNOTSM_EQUIPPED", "EC_SM_DF_equipmentNotSM_Equipped", "SM DF Equipment Not SM Equipped", False, False),
    (259, _HANDSET, "EC_SM_DF_UNKNOWNSERVICECENTRE", "EC_SM_DF_unknownServiceCentre", "SM DF Unknown Service Centre", False, False),
    (260, _HANDSET, "EC_SM_DF_SC_CONGESTION", "EC_SM_DF_sc_Congestion", "SM DF Sc Congestion", False, False),
    (261, _HANDSET, "EC_SM_DF_INVALIDSME_ADDRESS", "EC_SM_DF_invalidSME_Address", "SM DF Invalid SME Address", False, False),
    (262, _HANDSET, "EC_SM_DF_SUBSCRIBERNOTSC_SUBSCRIBER", "EC_SM_DF_subscriberNotSC_Subscriber", "SM DF Subscriber Not SC Subscriber", False, False),
    (500, _HANDSET, "EC_PROVIDER_GENERAL_ERROR", "EC_PROVIDER_GENERAL_ERROR", "Provider General Error", False, False),
    (501, _OPERATOR, "EC_INVALID_RESPONSE_RECEIVED", None, "Invalid Response Received", False, None),
    (502, _HANDSET, "EC_NO_RESPONSE", "EC_NO_RESPONSE", "No Response", False, False),
    (503, _HANDSET, "EC_SERVICE_COMPLETION_FAILURE", "EC_SERVICE_COMPLETION_FAILURE", "Service Completion Failure", False, False),
    (504, _HANDSET, "EC_UNEXPECTED_RESPONSE_FROM_PEER", "EC_UNEXPECTED_RESPONSE_FROM_PEER", "Unexpected Response From Peer", False, False),
    (507, _HANDSET, "EC_MISTYPED_PARAMETER", "EC_MISTYPED_PARAMETER", "Mistyped Parameter", False, False),
    (508, _HANDSET, "EC_NOT_SUPPORTED_SERVICE", "EC_NOT_SUPPORTED_SERVICE", "Not Supported Service", False, False),
    (509, _HANDSET, "EC_DUPLICATED_INVOKE_ID", "EC_DUPLICATED_INVOKE_ID", "Duplicated Invoke Id", False, False),
    (511, _HANDSET, "EC_INITIATING_RELEASE", "EC_INITIATING_RELEASE", "Initiating Release", False, False),
    (1024, _HANDSET, "EC_OR_APPCONTEXTNOTSUPPORTED", "EC_OR_appContextNotSupported", "App Context Not Supported", False, False),
    (1025, _HANDSET, "EC_OR_INVALIDDESTINATIONREFERENCE", "EC_OR_invalidDestinationReference", "Invalid Destination Reference", False, False),
    (1026, _HANDSET, "EC_OR_INVALIDORIGINATINGREFERENCE", "EC_OR_invalidOriginatingReference", "Invalid Originating Reference", False, False),
    (1027, _HANDSET, "EC_OR_ENCAPSULATEDAC_NOTSUPPORTED", "EC_OR_encapsulatedAC_NotSupported", "Encapsulated AC Not Supported", False, False),
    (1028, _HANDSET, "EC_OR_TRANSPORTPROTECTIONNOTADEQUATE", "EC_OR_transportProtectionNotAdequate", "Transport Protection Not Adequate", False, False),
    (1029, _HANDSET, "EC_OR_NOREASONGIVEN", "EC_OR_noReasonGiven", "No Reason Given", False, False),
    (1030, _HANDSET, "EC_OR_POTENTIALVERSIONINCOMPATIBILITY", "EC_OR_potentialVersionIncompatibility", "Potential Version Incompatibility", False, False),
    (1031, _HANDSET, "EC_OR_REMOTENODENOTREACHABLE", "EC_OR_remoteNodeNotReachable", "Remote Node Not Reachable", False, False),
    (1152, _HANDSET, "EC_NNR_NOTTRANSLATIONFORANADDRESSOFSUCHNATURE", "EC_NNR_noTranslationForAnAddressOfSuchNature", "No Translation For An Address Of Such Nature", False, False),
    (1153, _HANDSET, "EC_NNR_NOTTRANSLATIONFORTHISSPECIFICADDRESS", "EC_NNR_noTranslationForThisSpecificAddress", "No Translation For This Specific Address", False, False),
    (1154, _HANDSET, "EC_NNR_SUBSYSTEMCONGESTION", "EC_NNR_subsystemCongestion", "Subsystem Congestion", False, False),
    (1155, _HANDSET, "EC_NNR_SUBSYSTEMFAILURE", "EC_NNR_subsystemFailure", "Subsystem Failure", False, False),
    (1156, _HANDSET, "EC_NNR_UNEQUIPPEDUSER", "EC_NNR_unequippedUser", "Unequipped User", False, False),
    (1157, _HANDSET, "EC_NNR_MTPFAILURE", "EC_NNR_MTPfailure", "MTP Failure", False, False),
    (1158, _HANDSET, "EC_NNR_NETWORKCONGESTION", "EC_NNR_networkCongestion", "Network Congestion", False, False),
    (1159, _HANDSET, "EC_NNR_UNQUALIFIED", "EC_NNR_unqualified", "Unqualified", False, False),
    (1160, _HANDSET, "EC_NNR_ERRORINMESSAGETRANSPORTXUDT", "EC_NNR_errorInMessageTransportXUDT", "Error In Message Transport XUDT", False, False),
    (1161, _HANDSET, "EC_NNR_ERRORINLOCALPROCESSINGXUDT", "EC_NNR_errorInLocalProcessingXUDT", "Error In Local Processing XUDT", False, False),
    (1162, _HANDSET, "EC_NNR_DESTINATIONCANNOTPERFORMREASSEMBLYXUDT", "EC_NNR_destinationCannotPerformReassemblyXUDT", "Destination Cannot Perform Reassembly XUDT", False, False),
    (1163, _HANDSET, "EC_NNR_SCCPFAILURE", "EC_NNR_SCCPfailure", "SCCP Failure", False, False),
    (1164, _HANDSET, "EC_NNR_HOPCOUNTERVIOLATION", "EC_NNR_hopCounterViolation", "Hop Counter Violation", False, False),
    (1165, _HANDSET, "EC_NNR_SEGMENTATIONNOTSUPPORTED", "EC_NNR_segmentationNotSupported", "Segmentation Not Supported", False, False),
    (1166, _HANDSET, "EC_NNR_SEGMENTATIONFAILURE", "EC_NNR_segmentationFailure", "Segmentation Failure", False, False),
    (1281, _HANDSET, "EC_UA_USERSPECIFICREASON", "EC_UA_userSpecificReason", "User Specific Reason", False, False),
    (1282, _HANDSET, "EC_UA_USERRESOURCELIMITATION", "EC_UA_userResourceLimitation", "User Resource Limitation", False, False),
    (1283, _HANDSET, "EC_UA_RESOURCEUNAVAILABLE", "EC_UA_resourceUnavailable", "Resource Unavailable", False, False),
    (1284, _HANDSET, "EC_UA_APPLICATIONPROCEDURECANCELLATION", "EC_UA_applicationProcedureCancellation", "Application Procedure Cancellation", False, False),
    (1536, _HANDSET, "EC_PA_PROVIDERMALFUNCTION", "EC_PA_providerMalfunction", "Provider Malfunction", False, False),
    (1537, _HANDSET, "EC_PA_SUPPORTINGDIALOGORTransactionRELEASED", "EC_PA_supportingDialogOrTransactionReleased", "Supporting Dialog Or Transaction Released", False, False),
    (1538, _HANDSET, "EC_PA_RESSOURCELIMITATION", "EC_PA_ressourceLimitation", "Ressource Limitation", False, False),
    (1539, _HANDSET, "EC_PA_MAINTENANCEACTIVITY", "EC_PA_maintenanceActivity", "Maintenance Activity", False, False),
    (1540, _HANDSET, "EC_PA_VERSIONINCOMPATIBILITY", "EC_PA_versionIncompatibility", "Version Incompatibility", False, False),
    (1541, _HANDSET, "EC_PA_ABNORMALMAPDIALOG", "EC_PA_abnormalMapDialog", "Abnormal Map Dialog", False, False),
    (1792, _HANDSET, "EC_NC_ABNORMALEVENTDETECTEDBYPEER", "EC_NC_abnormalEventDetectedByPeer", "Abnormal Event Detected By Peer", False, False),
    (1793, _HANDSET, "EC_NC_RESPONSEREJECTEDBYPEER", "EC_NC_responseRejectedByPeer", "Response Rejected By Peer", False, False),
    (1794, _HANDSET, "EC_NC_ABNORMALEVENTRECEIVEDFROMPEER", "EC_NC_abnormalEventReceivedFromPeer", "Abnormal Event Received From Peer", False, False),
    (1795, _HANDSET, "EC_NC_MESSAGECANNOTBEDELIVEREDTOPEER", "EC_NC_messageCannotBeDeliveredToPeer", "Message Cannot Be Delivered To Peer", False, False),
    (1796, _HANDSET, "EC_NC_PROVIDEROUTOFINVOKE", "EC_NC_providerOutOfInvoke", "Provider Out Of Invoke", False, False),
    (2048, _OPERATOR, "EC_TIME_OUT", "EC_TIME_OUT", "Time Out", False, False),
    (2049, _USER, "EC_IMSI_BLACKLISTED", "EC_IMSI_BLACKLISTED", "IMSI blacklisted", False, True),
    (2050, _OPERATOR, "EC_DEST_ADDRESS_BLACKLISTED", "EC_DEST_ADDRESS_BLACKLISTED", "DND blacklisted", True, True),
    (2051, _OPERATOR, "EC_INVALIDMSCADDRESS", "EC_InvalidMscAddress", "Text blacklisted", False, False),
    (4096, _USER, "EC_INVALID_PDU_FORMAT", "EC_invalidPduFormat", "Invalid PDU Format", True, True),
    (4097, _OPERATOR, "EC_NOTSUBMITTEDTOGMSC", "EC_NotSubmittedToGMSC", "Not Submitted To GMSC", False, True),
    (4100, _USER, "EC_MESSAGE_CANCELED", "EC_Cancelled", "Message canceled", True, True),
    (4101, _USER, "EC_VALIDITYEXPIRED", "EC_ValidityExpired", "Validity Expired", True, True),
    (4102, _OPERATOR, "EC_NOTSUBMITTEDTOSMPPCHANNEL", "EC_NotSubmittedToSmppChannel", "Not Submitted To Smpp Channel", True, False),
    (5000, _OK, "VOICE_ANSWERED", None, "Call answered by human", True, None),
    (5001, _OK, "VOICE_ANSWERED_MACHINE", None, "Call answered by machine", True, None),
    (5002, _USER, "EC_VOICE_USER_BUSY", None, "User was busy during call attempt", True, None),
    (5003, _USER, "EC_VOICE_NO_ANSWER", None, "User was notified, but did not answer call", True, None),
    (5004, _USER, "EC_VOICE_ERROR_DOWNLOADING_FILE", None, "File provided for call could not be downloaded", True, None),
    (5005, _USER, "EC_VOICE_ERROR_UNSUPPORTED_AUDIO_FORMAT", None, "Format of file provided for call is not supported", True, None),
)
# fmt: on

ERRORS: Final[dict[int, GsmError]] = {row[0]: GsmError(row[0], int(row[1]), row[1].name, *row[2:]) for row in _ROWS}
NO_ERROR: Final = ERRORS[0]
_UNKNOWN: Final = ERRORS[255]  # EC_UNKNOWN_ERROR


def error(error_id: int) -> GsmError:
    """The row of a code that a network reported; a code in no table is the unknown error."""
    return ERRORS.get(error_id, _UNKNOWN)


def is_permanent(error_id: int) -> bool:
    """Another try is useless: one of the two tables says so."""
    row = error(error_id)
    return row.permanent or row.permanent_smpp is True
