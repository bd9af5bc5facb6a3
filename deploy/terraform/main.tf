# What QueueFlow needs besides a Kubernetes cluster: PostgreSQL, Kafka, Redis, and one secret that holds how they are reached.

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
}

# One key for all that is stored. The account's administrators hold it; CloudWatch encrypts the servers' logs by it.
resource "aws_kms_key" "this" {
  description             = "What ${var.name} stores"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Administrators"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${var.region}:${local.account}:log-group:/${var.name}/*" }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

# Letters and digits only, as they become parts of a URL and of a list with commas. They are never in the state.
ephemeral "random_password" "postgres" {
  length  = 40
  special = false
}

ephemeral "random_password" "kafka" {
  length  = 40
  special = false
}

module "postgres" {
  source = "./modules/postgres"

  name                   = var.name
  vpc_id                 = var.vpc_id
  subnet_ids             = var.subnet_ids
  node_security_group_id = var.node_security_group_id
  kms_key_arn            = aws_kms_key.this.arn
  password               = ephemeral.random_password.postgres.result
  password_version       = var.secrets_version
  settings               = var.postgres
}

module "kafka" {
  source = "./modules/kafka"

  name                   = var.name
  vpc_id                 = var.vpc_id
  subnet_ids             = var.subnet_ids
  node_security_group_id = var.node_security_group_id
  kms_key_arn            = aws_kms_key.this.arn
  password               = ephemeral.random_password.kafka.result
  password_version       = var.secrets_version
  settings               = var.kafka
}

module "redis" {
  source = "./modules/redis"

  name                   = var.name
  vpc_id                 = var.vpc_id
  subnet_ids             = var.subnet_ids
  node_security_group_id = var.node_security_group_id
  kms_key_arn            = aws_kms_key.this.arn
  settings               = var.redis
}

module "secrets" {
  source = "./modules/secrets"

  name              = var.name
  kms_key_arn       = aws_kms_key.this.arn
  secrets_version   = var.secrets_version
  postgres_address  = module.postgres.address
  postgres_user     = module.postgres.user
  postgres_password = ephemeral.random_password.postgres.result
  kafka_user        = module.kafka.user
  kafka_password    = ephemeral.random_password.kafka.result
  redis_address     = module.redis.address
}
