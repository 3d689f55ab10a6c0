from config.cache import ForgivingRedisCache


def test_without_redis_nothing_is_kept_and_nothing_fails() -> None:
    cache = ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})
    cache.set("a", 1, timeout=10)
    assert cache.get("a") is None
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}
    assert cache.add("a", 1) is True
    assert cache.incr("a") == 1
    assert not cache.delete("a")
    assert not cache.has_key("a")
    assert not cache.touch("a")
