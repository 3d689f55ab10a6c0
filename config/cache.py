"""The cache on Redis: it counts calls and sign-ins, and holds nothing that could not be lost."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """While Redis is away nothing is found and nothing is kept, in place of an error page: people go on working.

    The rate limits do not count for that while. The path not taken: a cache in the database, which would write a row
    for every call of the API.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def set(self, *args: Any, **options: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(*args, **options), None)

    def add(self, *args: Any, **options: Any) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).add(*args, **options), True)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta)

    def touch(self, *args: Any, **options: Any) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(*args, **options), False)

    def delete(self, key: Any, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    @staticmethod
    def _try(call: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return call()
        except RedisError as problem:
            log.warning("redis is away", extra={"problem": str(problem)})
            return otherwise
