"""About schedules: findings marked in a copy, two editions compared, a block drawn as its sheet looks."""
