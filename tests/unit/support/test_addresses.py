from support.stack.addresses import PostgresServer, RabbitmqServer, RedisServer


def test_a_database_is_addressed_with_the_servers_credentials() -> None:
    server = PostgresServer("postgresql://ann:pw@host:5433/postgres?ssl=require")

    assert server.database_url("shelf") == "postgresql://ann:pw@host:5433/shelf?ssl=require"


def test_the_management_api_is_expected_beside_the_broker() -> None:
    server = RabbitmqServer.of({"ANNEX_TEST_RABBITMQ_URL": "amqp://ann:pw@mq:5672/"})

    assert server.management_url == "http://ann:pw@mq:15672"


def test_a_given_management_address_is_used_as_it_is() -> None:
    server = RabbitmqServer.of(
        {"ANNEX_TEST_RABBITMQ_URL": "amqp://mq/", "ANNEX_TEST_RABBITMQ_MANAGEMENT_URL": "https://a:b@api:1"}
    )

    assert server.management_url == "https://a:b@api:1"


def test_a_database_in_the_url_of_redis_gives_way_to_the_tests_own() -> None:
    server = RedisServer.of({"ANNEX_TEST_REDIS_URL": "redis://kv:6379/3"})

    assert server.database_url(7) == "redis://kv:6379/7"
