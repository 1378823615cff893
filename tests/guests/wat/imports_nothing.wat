;; Answers 204. It imports nothing at all, not even `types`: it names the records by exporting them itself.
(component
  (type $maybe-text (option string))
  (type $context-data (record
    (field "request-id" $maybe-text) (field "tenant-id" string) (field "extension-id" string)
    (field "install-id" $maybe-text) (field "version-id" $maybe-text)))
  (export $named-context-data "context-data" (type $context-data))
  (type $http-header (record (field "name" string) (field "value" string)))
  (export $named-http-header "http-header" (type $http-header))
  (type $headers (list $named-http-header))
  (type $maybe-bytes (option (list u8)))
  (type $http-request (record
    (field "method" string) (field "url" string) (field "headers" $headers) (field "body" $maybe-bytes)))
  (export $named-http-request "http-request" (type $http-request))
  (type $execute-request (record (field "context" $named-context-data) (field "http" $named-http-request)))
  (export $named-execute-request "execute-request" (type $execute-request))
  (type $execute-response (record (field "status" u16) (field "headers" $headers) (field "body" $maybe-bytes)))
  (export $named-execute-response "execute-response" (type $execute-response))

  (core module $guest
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    ;; Enough for requests that fit into one page; a longer one is written out of bounds and traps.
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $start i32)
      (local.set $start
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $start) (local.get $size)))
      (local.get $start))
    (func (export "handler") (param $request i32) (result i32)
      (i32.store16 (i32.const 0) (i32.const 204))
      (i32.const 0)))
  (core instance $main (instantiate $guest))
  (func (export "handler") (param "request" $named-execute-request) (result $named-execute-response)
    (canon lift
      (core func $main "handler")
      (memory (core memory $main "memory"))
      (realloc (core func $main "realloc"))
      string-encoding=utf8)))
