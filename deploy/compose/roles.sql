-- Give the services' roles their passwords. Repeating it changes nothing but the passwords.
ALTER ROLE registry_app PASSWORD :'registry';
ALTER ROLE gateway_app PASSWORD :'gateway';
ALTER ROLE runner_proxy_app PASSWORD :'runner_proxy';
