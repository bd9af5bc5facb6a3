variable "name" {
  description = "What the installation is called; what is made has names that begin with it."
  type        = string
  default     = "queueflow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.name))
    error_message = "name has to have 3 to 22 small letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region has to be one such as eu-central-1."
  }
}

variable "tags" {
  description = "Further tags of everything that is made."
  type        = map(string)
  default     = {}
}

variable "vpc_id" {
  description = "The network that the cluster's nodes are in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id has to begin with vpc-."
  }
}

variable "subnet_ids" {
  description = "Private subnets for the servers, one in each of three zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) == 3 && length(distinct(var.subnet_ids)) == 3
    error_message = "subnet_ids has to name three different subnets: Kafka has a broker in each."
  }
}

variable "node_security_group_id" {
  description = "The security group of the cluster's nodes, which alone may reach the servers."
  type        = string

  validation {
    condition     = startswith(var.node_security_group_id, "sg-")
    error_message = "node_security_group_id has to begin with sg-."
  }
}

variable "secrets_version" {
  description = "Raise it by one to have all passwords, tokens and the signing key made anew and set; restart the pods afterwards."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_version >= 1 && floor(var.secrets_version) == var.secrets_version
    error_message = "secrets_version has to be a whole number from 1 on."
  }
}

variable "postgres" {
  description = "PostgreSQL: the class of its machine, GiB of disk to begin with and at most, and for how many days backups are kept."
  type = object({
    instance_class  = optional(string, "db.r7g.large")
    storage         = optional(number, 100)
    storage_limit   = optional(number, 1000)
    backup_days     = optional(number, 14)
    engine_version  = optional(string, "17")
    max_connections = optional(number, 400)
  })
  default = {}

  validation {
    condition     = var.postgres.storage >= 20 && var.postgres.storage_limit > var.postgres.storage
    error_message = "postgres.storage has to be 20 at least, and storage_limit more than that."
  }

  validation {
    condition     = var.postgres.backup_days >= 7 && var.postgres.backup_days <= 35
    error_message = "postgres.backup_days has to be 7 to 35."
  }
}

variable "kafka" {
  description = "Kafka: the class of its three brokers' machines and GiB of disk for each. It holds records of jobs for a few hours, no payloads."
  type = object({
    instance_type = optional(string, "kafka.m7g.large")
    storage       = optional(number, 100)
    version       = optional(string, "3.9.x")
  })
  default = {}

  validation {
    condition     = var.kafka.storage >= 10
    error_message = "kafka.storage has to be 10 at least."
  }
}

variable "redis" {
  description = "Redis (Valkey): the class of its two machines. It holds limits and answers, and may be lost."
  type = object({
    node_type      = optional(string, "cache.t4g.small")
    engine_version = optional(string, "8.0")
  })
  default = {}
}
