# Valkey, with a replica in another zone. What it holds may be lost: limits begin anew, and repeated requests are looked up in PostgreSQL.
#
# QueueFlow's client speaks no TLS, and ElastiCache knows a password with TLS only. So it takes both kinds of connections, without a password, and the
# security group alone says who may connect. It holds answers to requests under an idempotency key: no payloads, no credentials.

resource "aws_security_group" "this" {
  name        = "${var.name}-redis"
  description = "Redis of ${var.name}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  security_group_id            = aws_security_group.this.id
  description                  = "The cluster's nodes"
  referenced_security_group_id = var.node_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_elasticache_subnet_group" "this" {
  name       = "${var.name}-redis"
  subnet_ids = var.subnet_ids
}

# Keys have a time to live, and the ones that go first are the least used of them.
resource "aws_elasticache_parameter_group" "this" {
  name   = "${var.name}-redis"
  family = "valkey${split(".", var.settings.engine_version)[0]}"

  parameter {
    name  = "maxmemory-policy"
    value = "volatile-lru"
  }
}

resource "aws_elasticache_replication_group" "this" {
  # checkov:skip=CKV_AWS_31:there is no password without TLS, which QueueFlow's client does not speak; the security group keeps others out
  replication_group_id = "${var.name}-redis"
  description          = "Limits and answers of ${var.name}"
  engine               = "valkey"
  engine_version       = var.settings.engine_version
  node_type            = var.settings.node_type
  parameter_group_name = aws_elasticache_parameter_group.this.name
  port                 = 6379

  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "preferred"

  auto_minor_version_upgrade = true
  snapshot_retention_limit   = 0
}
