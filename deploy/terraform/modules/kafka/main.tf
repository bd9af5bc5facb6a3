# Kafka, with a broker in each of three zones. A broker may be away: records are on two at least.

locals {
  user = "queueflow"
}

resource "aws_security_group" "this" {
  name        = "${var.name}-kafka"
  description = "Kafka of ${var.name}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  security_group_id            = aws_security_group.this.id
  description                  = "The cluster's nodes, SASL over TLS"
  referenced_security_group_id = var.node_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9096
  to_port                      = 9096
}

# QueueFlow makes its topics itself, with the brokers' own replication factor. Records are worth something for hours only: what Kafka does not
# tell is found in PostgreSQL.
resource "aws_msk_configuration" "this" {
  name           = "${var.name}-kafka"
  kafka_versions = [var.settings.version]

  server_properties = <<-PROPERTIES
    auto.create.topics.enable=false
    default.replication.factor=3
    min.insync.replicas=2
    unclean.leader.election.enable=false
    log.retention.hours=24
    offsets.topic.replication.factor=3
  PROPERTIES
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}/kafka"
  retention_in_days = 365
  kms_key_id        = var.kms_key_arn
}

resource "aws_msk_cluster" "this" {
  cluster_name           = "${var.name}-kafka"
  kafka_version          = var.settings.version
  number_of_broker_nodes = length(var.subnet_ids)
  enhanced_monitoring    = "PER_TOPIC_PER_BROKER"

  broker_node_group_info {
    instance_type   = var.settings.instance_type
    client_subnets  = var.subnet_ids
    security_groups = [aws_security_group.this.id]

    storage_info {
      ebs_storage_info {
        volume_size = var.settings.storage
      }
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  client_authentication {
    sasl {
      scram = true
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.kms_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.this.name
      }
    }
  }
}

# MSK takes accounts from secrets of such a name only.
resource "aws_secretsmanager_secret" "account" {
  # checkov:skip=CKV2_AWS_57:secrets_version has them made anew, on all sides at once
  name_prefix = "AmazonMSK_${var.name}_"
  description = "QueueFlow's account at Kafka"
  kms_key_id  = var.kms_key_arn
}

resource "aws_secretsmanager_secret_version" "account" {
  secret_id                = aws_secretsmanager_secret.account.id
  secret_string_wo         = jsonencode({ username = local.user, password = var.password })
  secret_string_wo_version = var.password_version
}

resource "aws_msk_scram_secret_association" "this" {
  cluster_arn     = aws_msk_cluster.this.arn
  secret_arn_list = [aws_secretsmanager_secret.account.arn]

  depends_on = [aws_secretsmanager_secret_version.account]
}
