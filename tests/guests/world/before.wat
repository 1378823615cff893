;; Stands before every guest body: the types of world `runner`, and a heap that the guest and the host share.
(component
  ;; An exported function may only use records that have a name outside. The names come from the imported
  ;; instance `types`; a host need not define it, because it holds nothing but types.
  (type $types-interface (instance
    (type $maybe-text (option string))
    (type $context-data (record
      (field "request-id" $maybe-text) (field "tenant-id" string) (field "extension-id" string)
      (field "install-id" $maybe-text) (field "version-id" $maybe-text)))
    (export "context-data" (type $named-context-data (eq $context-data)))
    (type $http-header (record (field "name" string) (field "value" string)))
    (export "http-header" (type $named-http-header (eq $http-header)))
    (type $headers (list $named-http-header))
    (type $bytes (list u8))
    (type $maybe-bytes (option $bytes))
    (type $http-request (record
      (field "method" string) (field "url" string) (field "headers" $headers) (field "body" $maybe-bytes)))
    (export "http-request" (type $named-http-request (eq $http-request)))
    (type $execute-request (record
      (field "context" $named-context-data) (field "http" $named-http-request)))
    (export "execute-request" (type (eq $execute-request)))
    (type $execute-response (record
      (field "status" u16) (field "headers" $headers) (field "body" $maybe-bytes)))
    (export "execute-response" (type (eq $execute-response)))
    (type $secret-error (enum "missing" "denied" "expired" "internal"))
    (export "secret-error" (type (eq $secret-error)))
    (type $storage-error (enum "missing" "conflict" "denied" "internal"))
    (export "storage-error" (type (eq $storage-error)))
    (type $maybe-revision (option u64))
    (type $storage-entry (record
      (field "namespace" string) (field "key" string) (field "value" $bytes)
      (field "revision" $maybe-revision)))
    (export "storage-entry" (type (eq $storage-entry)))
  ))
  (import "alga:extension/types" (instance $types (type $types-interface)))
  (alias export $types "execute-request" (type $types-execute-request))
  (import "execute-request" (type $execute-request (eq $types-execute-request)))
  (alias export $types "execute-response" (type $types-execute-response))
  (import "execute-response" (type $execute-response (eq $types-execute-response)))

  ;; Addresses under 4096 are the guest's own; above them `realloc` hands out memory and never takes it back.
  (core module $heap-module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
      (result i32)
      (local $start i32)
      (local $end i32)
      (local.set $start
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (local.set $end (i32.add (local.get $start) (local.get $size)))
      (if (i32.gt_u (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq
                (memory.grow
                  (i32.add
                    (i32.const 1)
                    (i32.shr_u
                      (i32.sub (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
                      (i32.const 16))))
                (i32.const -1))
            (then unreachable))))
      (memory.copy (local.get $start) (local.get $old) (local.get $old-size))
      (global.set $next (local.get $end))
      (local.get $start)))
  (core instance $heap (instantiate $heap-module))
  (alias core export $heap "memory" (core memory $memory))
  (alias core export $heap "realloc" (core func $realloc))
