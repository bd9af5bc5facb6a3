# One secret with all that the processes are to be given as secrets; its keys are those that deploy/k8s mounts.

ephemeral "random_password" "administrator" {
  length  = 32
  special = false
}

ephemeral "random_password" "worker_token" {
  length  = 64
  special = false
}

ephemeral "tls_private_key" "signing" {
  algorithm = "ED25519"
}

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:secrets_version has them made anew, on all sides at once
  name_prefix = "${var.name}-"
  description = "What QueueFlow's processes are given as secrets"
  kms_key_id  = var.kms_key_arn
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo_version = var.secrets_version

  secret_string_wo = jsonencode({
    DATABASE_URL             = "postgres://${var.postgres_user}:${var.postgres_password}@${var.postgres_address}/queueflow?sslmode=require"
    REDIS_URL                = "redis://${var.redis_address}/0"
    KAFKA_PROPERTIES         = "security.protocol=sasl_ssl,sasl.mechanism=SCRAM-SHA-512,sasl.username=${var.kafka_user},sasl.password=${var.kafka_password}"
    QUEUEFLOW_ADMIN_PASSWORD = ephemeral.random_password.administrator.result
    WORKER_TOKEN             = ephemeral.random_password.worker_token.result
    "jwt.pem"                = ephemeral.tls_private_key.signing.private_key_pem_pkcs8
  })
}
