;; Asks WASI for the network and answers 200 once it has it: in a host that links all of WASI, and in no worker.
(import "wasi:sockets/network@0.2.0" (instance $network
  (export "network" (type (sub resource)))))
(alias export $network "network" (type $network-resource))
(import "wasi:sockets/instance-network@0.2.0" (instance $instance-network
  (export "network" (type $handle (eq $network-resource)))
  (export "instance-network" (func (result (own $handle))))))
(core func $open (canon lower (func $instance-network "instance-network")))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "sockets" "open" (func $open (result i32)))
  (func (export "handler") (param $request i32) (result i32)
    (drop (call $open))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "sockets" (instance (export "open" (func $open))))))
