/* How long anything may be that a peer sends. DAP's own length fields go up to 2^32 - 1; nothing
 * that hubbub speaks needs more than these, and a longer item makes its message malformed. A task's
 * own bounds (its VDAF's share lengths) are narrower and are checked where the task is known. */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

enum {
    /* encapsulated keys: 32 for X25519, 133 for P-521, 1,120 for X25519 with ML-KEM-768 */
    HUB_WIRE_ENC_MAX = 4096,
    /* one sealed input or aggregate share: SumVec with 2^16 elements of 16 bytes, its proof, tag */
    HUB_WIRE_PAYLOAD_MAX = 16 << 20,
    HUB_WIRE_PUBLIC_SHARE_MAX = 1 << 20,
    /* a verifier share or message in a VerifyInit, VerifyResp or VerifyContinue */
    HUB_WIRE_VERIFY_PAYLOAD_MAX = 1 << 20,
    /* empty for Prio3; candidate prefixes for Poplar1 */
    HUB_WIRE_AGG_PARAM_MAX = 1 << 20,
    /* the drafts' own two-byte lengths */
    HUB_WIRE_EXTENSIONS_MAX = 65535,
    HUB_WIRE_URL_MAX = 2048,
    HUB_WIRE_TASK_INFO_MAX = 255,
    HUB_WIRE_VDAF_CONFIGURATION_MAX = 64,
    /* an encoded TaskConfiguration: both URLs, info, extensions that are known, fixed fields */
    HUB_WIRE_TASK_CONFIGURATION_MAX = 8192,
    /* reports of an upload, of an aggregation job, of its response */
    HUB_WIRE_REPORTS_MAX = 1 << 20,
    /* configurations in one HpkeConfigList: ids are one byte */
    HUB_WIRE_HPKE_CONFIGS_MAX = 256,
    /* a body that is no list: requests for collections, aggregate shares and their answers */
    HUB_WIRE_SMALL_BODY_MAX = 40 << 20
};

#endif
