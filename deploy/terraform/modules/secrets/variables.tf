variable "name" {
  description = "The secret's name."
  type        = string
}

variable "kms_key_arn" {
  description = "The key by which it is encrypted."
  type        = string
}

variable "secrets_version" {
  description = "Everything is made anew when this changes."
  type        = number
}

variable "postgres_address" {
  description = "Where PostgreSQL is, as host:port."
  type        = string
}

variable "postgres_user" {
  description = "QueueFlow's account at PostgreSQL."
  type        = string
}

variable "postgres_password" {
  description = "Its password."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "kafka_user" {
  description = "QueueFlow's account at Kafka."
  type        = string
}

variable "kafka_password" {
  description = "Its password."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "redis_address" {
  description = "Where Redis is, as host:port."
  type        = string
}
