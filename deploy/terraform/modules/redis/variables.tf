variable "name" {
  description = "What the names of all that is made begin with."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in three zones."
  type        = list(string)
}

variable "node_security_group_id" {
  description = "The security group that alone may connect."
  type        = string
}

variable "kms_key_arn" {
  description = "The key by which everything is encrypted."
  type        = string
}

variable "settings" {
  description = "See the variable redis of the root module."
  type = object({
    node_type      = string
    engine_version = string
  })
}
