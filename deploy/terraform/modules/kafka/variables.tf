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

variable "password" {
  description = "The password of QueueFlow's account; never kept in the state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "password_version" {
  description = "The password is set anew when this changes."
  type        = number
}

variable "settings" {
  description = "See the variable kafka of the root module."
  type = object({
    instance_type = string
    storage       = number
    version       = string
  })
}
