;; Stands after every guest body, which has made a core instance `$main` that exports `handler`.
;;
;; `handler` gets one pointer to the request and returns one to the response. Byte offsets:
;;   request   request-id 0 (some? 0, text 4), tenant-id 12, extension-id 20, install-id 28, version-id 40,
;;             method 52, url 60, headers 68, body 76 (some? 76, bytes 80)
;;   response  status 0 (16 bits), headers 4, body 12 (some? 12, bytes 16); a text or list is (pointer, length)
  (alias core export $main "handler" (core func $handler))
  (func (export "handler") (param "request" $execute-request) (result $execute-response)
    (canon lift (core func $handler) (memory $memory) (realloc $realloc) string-encoding=utf8))
)
