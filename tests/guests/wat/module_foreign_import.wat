;; A core module that imports a function the ABI does not have. To be refused at publish.
(module
  (import "alga" "storage_get" (func (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "handler") (param i32 i32 i32) (result i32) (i32.const 0)))
