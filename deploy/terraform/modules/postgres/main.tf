# PostgreSQL, with a standby in another zone. Backups go back to any second of the days that they are kept for.

locals {
  database = "queueflow"
  user     = "queueflow"
}

resource "aws_security_group" "this" {
  name        = "${var.name}-postgres"
  description = "PostgreSQL of ${var.name}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  security_group_id            = aws_security_group.this.id
  description                  = "The cluster's nodes"
  referenced_security_group_id = var.node_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_subnet_group" "this" {
  name       = "${var.name}-postgres"
  subnet_ids = var.subnet_ids
}

# What docs/operations.md says of the settings, where RDS' own differ.
resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-postgres-"
  family      = "postgres${split(".", var.settings.engine_version)[0]}"

  dynamic "parameter" {
    for_each = {
      "rds.force_ssl"                       = { value = "1", apply = "immediate" }
      "max_connections"                     = { value = tostring(var.settings.max_connections), apply = "pending-reboot" }
      "autovacuum_naptime"                  = { value = "10", apply = "immediate" }
      "autovacuum_vacuum_cost_limit"        = { value = "2000", apply = "immediate" }
      "idle_in_transaction_session_timeout" = { value = "60000", apply = "immediate" }
      "checkpoint_timeout"                  = { value = "900", apply = "immediate" }
      "wal_compression"                     = { value = "lz4", apply = "immediate" }
      "log_min_duration_statement"          = { value = "1000", apply = "immediate" }
      "log_statement"                       = { value = "ddl", apply = "immediate" }
      "log_lock_waits"                      = { value = "1", apply = "immediate" }
    }

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "monitoring" {
  name_prefix = "${var.name}-postgres-monitoring-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_133:backup_retention_period is a member of a variable, of 7 days at least, which is not followed
  # checkov:skip=CKV2_AWS_69:rds.force_ssl is set in a dynamic block, which is not followed
  identifier     = "${var.name}-postgres"
  engine         = "postgres"
  engine_version = var.settings.engine_version
  instance_class = var.settings.instance_class
  db_name        = local.database

  username            = local.user
  password_wo         = var.password
  password_wo_version = var.password_version

  storage_type          = "gp3"
  allocated_storage     = var.settings.storage
  max_allocated_storage = var.settings.storage_limit
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = true
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period   = var.settings.backup_days
  copy_tags_to_snapshot     = true
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-postgres-final"

  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  monitoring_interval                 = 30
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.kms_key_arn

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
