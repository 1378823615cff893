// Written by scripts/runtime_types.py from shared/wit/alga-extension.wit; do not edit.
// The figures are those of runner-proxy.
export const LIMITS = {
  "storage": {
    "namespaces": 32,
    "keysPerNamespace": 5120,
    "valueBytes": 65536,
    "metadataBytes": 4096,
    "batchItems": 20,
    "batchBytes": 524288,
    "totalBytes": 268435456,
    "leastTtlSeconds": 60,
    "mostTtlSeconds": 2592000,
    "pageItems": 100,
    "defaultPageItems": 25,
    "keyCharacters": 256,
    "namespaceCharacters": 128
  },
  "topicCharacters": 64,
  "eventBytes": 65536,
  "eventsPerMinute": 120,
  "schedules": 50,
  "scheduleNameCharacters": 128,
  "schedulePayloadCharacters": 100000,
  "metricSeries": 100,
  "httpMethods": [
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT"
  ],
  "defaultCapabilities": [
    "cap:context.read",
    "cap:log.emit",
    "cap:user.read"
  ]
};
