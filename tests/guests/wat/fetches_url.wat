;; `http.fetch` of the address in its body, with its own method and headers: the answer's status, headers and
;; body, or 400 and the name of the error.
(import "alga:extension/http" (instance $http
  (type $header (record (field "name" string) (field "value" string)))
  (export "http-header" (type $http-header (eq $header)))
  (type $headers (list $http-header))
  (type $bytes (list u8))
  (type $maybe-bytes (option $bytes))
  (type $request (record
    (field "method" string) (field "url" string) (field "headers" $headers) (field "body" $maybe-bytes)))
  (export "http-request" (type $http-request (eq $request)))
  (type $response (record (field "status" u16) (field "headers" $headers) (field "body" $maybe-bytes)))
  (export "http-response" (type $http-response (eq $response)))
  (type $error (enum "invalid-url" "not-allowed" "transport" "internal"))
  (export "http-error" (type $http-error (eq $error)))
  (export "fetch" (func (param "request" $http-request)
    (result (result $http-response (error $http-error)))))))
(core func $fetch (canon lower (func $http "fetch") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "http" "fetch"
    (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  ;; Twelve bytes for each case of http-error, and their lengths.
  (data (i32.const 128) "invalid-url\00" "not-allowed\00" "transport\00\00\00" "internal\00\00\00\00")
  (data (i32.const 192) "\0b\0b\09\08")
  (func (export "handler") (param $request i32) (result i32)
    (local $case i32)
    (call $fetch
      (i32.load offset=52 (local.get $request)) (i32.load offset=56 (local.get $request))
      (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
      (i32.load offset=68 (local.get $request)) (i32.load offset=72 (local.get $request))
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 256))
    (if (i32.eqz (i32.load8_u (i32.const 256)))
      (then (memory.copy (i32.const 0) (i32.const 260) (i32.const 24)))
      (else
        (local.set $case (i32.load8_u (i32.const 260)))
        (i32.store16 (i32.const 0) (i32.const 400))
        (i32.store8 (i32.const 12) (i32.const 1))
        (i32.store (i32.const 16) (i32.add (i32.const 128) (i32.mul (local.get $case) (i32.const 12))))
        (i32.store (i32.const 20) (i32.load8_u offset=192 (local.get $case)))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "http" (instance (export "fetch" (func $fetch))))))
