// Generated from crds/sessionpools.appcontainers.dev.yaml by `npm run generate`. Do not edit.

import type { CrdSchema } from "./crd-schema.ts";

/** The CRD's schema with its CEL rules, without descriptions. */
export const crdSchema: CrdSchema = {
  "type": "object",
  "required": [
    "spec"
  ],
  "x-kubernetes-validations": [
    {
      "rule": "self.metadata.name.size() <= 63",
      "fieldPath": ".metadata.name",
      "message": "must be at most 63 characters, so that the tag that marks the pool in Azure as this resource's fits; choose a shorter name, and spec.azureName for the pool's name"
    },
    {
      "rule": "has(self.spec.azureName) || self.metadata.name.matches('^[a-z][-a-z0-9]{1,61}[a-z0-9]$')",
      "fieldPath": ".metadata.name",
      "message": "is not a legal name for a pool in Azure (a lower-case letter, then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen); choose another name, or set spec.azureName"
    },
    {
      "rule": "(has(self.spec.azureName) ? self.spec.azureName : self.metadata.name) == (has(oldSelf.spec.azureName) ? oldSelf.spec.azureName : oldSelf.metadata.name)",
      "fieldPath": ".spec.azureName",
      "reason": "FieldValueForbidden",
      "message": "cannot be changed, because Azure cannot rename a pool; keep the old name (metadata.name when azureName was left out), or create another SessionPool with the new one"
    }
  ],
  "properties": {
    "apiVersion": {
      "type": "string"
    },
    "kind": {
      "type": "string"
    },
    "metadata": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        }
      }
    },
    "spec": {
      "type": "object",
      "required": [
        "resourceGroup",
        "location",
        "containerType",
        "dynamicPoolConfiguration"
      ],
      "x-kubernetes-validations": [
        {
          "rule": "has(self.subscriptionId) == has(oldSelf.subscriptionId) && (!has(self.subscriptionId) || self.subscriptionId.lowerAscii() == oldSelf.subscriptionId.lowerAscii())",
          "fieldPath": ".subscriptionId",
          "reason": "FieldValueForbidden",
          "message": "cannot be added, removed or changed, because a pool stays in its subscription; put the old value back, or create another SessionPool in the other subscription"
        },
        {
          "rule": "has(self.environmentId) == has(oldSelf.environmentId) && (!has(self.environmentId) || self.environmentId.lowerAscii() == oldSelf.environmentId.lowerAscii())",
          "fieldPath": ".environmentId",
          "reason": "FieldValueForbidden",
          "message": "cannot be added, removed or changed, because a pool stays in its environment; put the old value back, or create another SessionPool in the other environment"
        },
        {
          "rule": "(!has(self.poolManagementType) || self.poolManagementType == 'Dynamic') == (!has(oldSelf.poolManagementType) || oldSelf.poolManagementType == 'Dynamic')",
          "fieldPath": ".poolManagementType",
          "reason": "FieldValueForbidden",
          "message": "cannot be changed, because Azure fixes how a pool is managed when it creates it; put the old value back"
        },
        {
          "rule": "self.containerType != 'CustomContainer' || has(self.customContainerTemplate)",
          "fieldPath": ".customContainerTemplate",
          "reason": "FieldValueRequired",
          "message": "containerType CustomContainer needs a customContainerTemplate; add one with the containers to run"
        },
        {
          "rule": "self.containerType != 'CustomContainer' || has(self.environmentId)",
          "fieldPath": ".environmentId",
          "reason": "FieldValueRequired",
          "message": "containerType CustomContainer runs in a Container Apps environment; set environmentId to the environment's ARM id"
        },
        {
          "rule": "self.containerType != 'CustomContainer' || self.?scaleConfiguration.?readySessionInstances.hasValue()",
          "fieldPath": ".scaleConfiguration.readySessionInstances",
          "reason": "FieldValueRequired",
          "message": "containerType CustomContainer needs scaleConfiguration.readySessionInstances; set how many sessions to keep ready, at least 1"
        },
        {
          "rule": "self.containerType != 'CustomContainer' || self.?scaleConfiguration.?readySessionInstances.orValue(1) >= 1",
          "fieldPath": ".scaleConfiguration.readySessionInstances",
          "message": "must be at least 1 for containerType CustomContainer, because Azure refuses a pool without ready sessions"
        },
        {
          "rule": "self.containerType != 'CustomContainer' || !self.?scaleConfiguration.?maxConcurrentSessions.hasValue() || self.?scaleConfiguration.?readySessionInstances.orValue(0) < self.scaleConfiguration.maxConcurrentSessions",
          "fieldPath": ".scaleConfiguration.readySessionInstances",
          "message": "must be smaller than maxConcurrentSessions; lower it, or raise maxConcurrentSessions"
        },
        {
          "rule": "self.containerType != 'PythonLTS' || !has(self.customContainerTemplate)",
          "fieldPath": ".customContainerTemplate",
          "reason": "FieldValueForbidden",
          "message": "containerType PythonLTS runs Azure's own container; remove customContainerTemplate, or set containerType to CustomContainer"
        },
        {
          "rule": "self.containerType != 'PythonLTS' || !has(self.identity) || self.identity.type == 'None'",
          "fieldPath": ".identity",
          "reason": "FieldValueForbidden",
          "message": "containerType PythonLTS takes no managed identity; remove identity, or set its type to None"
        },
        {
          "rule": "self.containerType != 'PythonLTS' || self.?managedIdentitySettings.orValue([]).size() == 0",
          "fieldPath": ".managedIdentitySettings",
          "reason": "FieldValueForbidden",
          "message": "containerType PythonLTS takes no managed identity; remove managedIdentitySettings"
        },
        {
          "rule": "self.containerType != 'PythonLTS' || self.dynamicPoolConfiguration.lifecycleConfiguration.lifecycleType != 'OnContainerExit'",
          "fieldPath": ".dynamicPoolConfiguration.lifecycleConfiguration.lifecycleType",
          "message": "OnContainerExit is only for containerType CustomContainer; use Timed with cooldownPeriodInSeconds"
        },
        {
          "rule": "!has(self.customContainerTemplate) || self.customContainerTemplate.containers.all(container, !has(container.env) || container.env.all(variable, !has(variable.secretRef) || (has(self.secrets) && self.secrets.exists(secret, secret.name == variable.secretRef))))",
          "fieldPath": ".customContainerTemplate.containers",
          "message": "every secretRef under env must name an entry of spec.secrets; add the secret there, or correct the name"
        },
        {
          "rule": "!self.?customContainerTemplate.?registryCredentials.?passwordSecretRef.hasValue() || (has(self.secrets) && self.secrets.exists(secret, secret.name == self.customContainerTemplate.registryCredentials.passwordSecretRef))",
          "fieldPath": ".customContainerTemplate.registryCredentials.passwordSecretRef",
          "message": "must name an entry of spec.secrets; add the secret there, or correct the name"
        }
      ],
      "properties": {
        "subscriptionId": {
          "type": "string",
          "nullable": true,
          "maxLength": 36,
          "x-kubernetes-validations": [
            {
              "rule": "self.matches('^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$')",
              "message": "must be a subscription's UUID, such as 34adfa4f-cedf-4dc0-ba29-b6d1a69ab345; `az account show --query id` prints yours"
            }
          ]
        },
        "resourceGroup": {
          "type": "string",
          "minLength": 1,
          "maxLength": 90,
          "x-kubernetes-validations": [
            {
              "rule": "self.matches(r'^[-\\w.()\\p{L}\\p{Nd}]*[-\\w()\\p{L}\\p{Nd}]$')",
              "message": "must be the name of a resource group, not an id; letters, digits, and the characters _ - . ( ), not ending with a dot"
            },
            {
              "rule": "self.lowerAscii() == oldSelf.lowerAscii()",
              "reason": "FieldValueForbidden",
              "message": "cannot be changed, because a pool stays in its resource group; put the old value back, or create another SessionPool in the other group"
            }
          ]
        },
        "azureName": {
          "type": "string",
          "nullable": true,
          "maxLength": 63,
          "x-kubernetes-validations": [
            {
              "rule": "self.matches('^[a-z][-a-z0-9]{1,61}[a-z0-9]$')",
              "message": "must be a lower-case letter and then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen"
            }
          ]
        },
        "location": {
          "type": "string",
          "minLength": 1,
          "maxLength": 64,
          "x-kubernetes-validations": [
            {
              "rule": "self.matches('^[A-Za-z][A-Za-z0-9 ()]*$')",
              "message": "must be an Azure region, such as westus3 or West US 3; `az account list-locations` prints them"
            },
            {
              "rule": "self.lowerAscii().replace(' ', '').replace('(', '').replace(')', '') == oldSelf.lowerAscii().replace(' ', '').replace('(', '').replace(')', '')",
              "reason": "FieldValueForbidden",
              "message": "cannot be changed, because a pool stays in its region; put the old value back, or create another SessionPool in the other region"
            }
          ]
        },
        "tags": {
          "type": "object",
          "nullable": true,
          "maxProperties": 45,
          "x-kubernetes-validations": [
            {
              "rule": "self.all(name, name.size() >= 1 && name.size() <= 512 && !name.matches(r'[<>%&\\\\?/]'))",
              "message": "tag names must have 1 to 512 characters and none of < > % & \\ ? /"
            },
            {
              "rule": "self.all(name, !name.matches('(?i)^(azure|microsoft|windows)'))",
              "message": "tag names must not begin with azure, microsoft or windows, which Azure keeps for itself; choose another name"
            },
            {
              "rule": "self.all(name, !name.matches(r'(?i)^appcontainers\\.dev'))",
              "message": "tag names must not begin with appcontainers.dev, which the operator keeps for its own tags; choose another name"
            },
            {
              "rule": "self.all(name, self.exists_one(other, other.lowerAscii() == name.lowerAscii()))",
              "message": "tag names must differ in more than upper and lower case, which Azure does not tell apart; remove one of them"
            }
          ],
          "additionalProperties": {
            "type": "string",
            "maxLength": 256
          }
        },
        "identity": {
          "type": "object",
          "nullable": true,
          "required": [
            "type"
          ],
          "x-kubernetes-validations": [
            {
              "rule": "!self.type.contains('UserAssigned') || self.?userAssignedIdentities.orValue({}).size() > 0",
              "fieldPath": ".userAssignedIdentities",
              "reason": "FieldValueRequired",
              "message": "identity.type UserAssigned needs at least one identity; add its ARM id as a key, with {} as the value"
            },
            {
              "rule": "self.type.contains('UserAssigned') || self.?userAssignedIdentities.orValue({}).size() == 0",
              "fieldPath": ".userAssignedIdentities",
              "reason": "FieldValueForbidden",
              "message": "must be left out unless identity.type is UserAssigned or SystemAssigned,UserAssigned; remove it, or change the type"
            }
          ],
          "properties": {
            "type": {
              "type": "string",
              "enum": [
                "None",
                "SystemAssigned",
                "UserAssigned",
                "SystemAssigned,UserAssigned",
                "SystemAssigned, UserAssigned"
              ],
              "maxLength": 32
            },
            "userAssignedIdentities": {
              "type": "object",
              "nullable": true,
              "maxProperties": 20,
              "x-kubernetes-validations": [
                {
                  "rule": "self.all(id, id.matches(r'(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/resourceGroups/[-\\w.()\\p{L}\\p{Nd}]{0,89}[-\\w()\\p{L}\\p{Nd}]/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[a-z0-9][-\\w]{2,127}$'))",
                  "message": "every key must be the ARM id of a user-assigned identity: /subscriptions/<uuid>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
                }
              ],
              "additionalProperties": {
                "type": "object",
                "maxProperties": 0
              }
            }
          }
        },
        "environmentId": {
          "type": "string",
          "nullable": true,
          "maxLength": 512,
          "x-kubernetes-validations": [
            {
              "rule": "self.matches(r'(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/resourceGroups/[-\\w.()\\p{L}\\p{Nd}]{0,89}[-\\w()\\p{L}\\p{Nd}]/providers/Microsoft\\.App/managedEnvironments/[a-z0-9][-\\w.]{0,127}$')",
              "message": "must be the ARM id of a Container Apps environment: /subscriptions/<uuid>/resourceGroups/<group>/providers/Microsoft.App/managedEnvironments/<name>"
            }
          ]
        },
        "containerType": {
          "type": "string",
          "enum": [
            "CustomContainer",
            "PythonLTS"
          ],
          "maxLength": 32,
          "x-kubernetes-validations": [
            {
              "rule": "self == oldSelf",
              "reason": "FieldValueForbidden",
              "message": "cannot be changed, because Azure fixes it when it creates the pool; put the old value back, or create another SessionPool"
            }
          ]
        },
        "poolManagementType": {
          "type": "string",
          "nullable": true,
          "maxLength": 32,
          "x-kubernetes-validations": [
            {
              "rule": "self != 'Manual'",
              "message": "must be Dynamic, because Azure does not create pools of type Manual; set it to Dynamic, or leave it out"
            }
          ],
          "anyOf": [
            {
              "enum": [
                "Dynamic",
                "Manual"
              ]
            }
          ]
        },
        "scaleConfiguration": {
          "type": "object",
          "nullable": true,
          "properties": {
            "readySessionInstances": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 2147483647
            },
            "maxConcurrentSessions": {
              "type": "integer",
              "format": "int32",
              "nullable": true,
              "minimum": 1,
              "maximum": 2147483647
            }
          }
        },
        "dynamicPoolConfiguration": {
          "type": "object",
          "required": [
            "lifecycleConfiguration"
          ],
          "properties": {
            "lifecycleConfiguration": {
              "type": "object",
              "required": [
                "lifecycleType"
              ],
              "x-kubernetes-validations": [
                {
                  "rule": "self.lifecycleType != 'Timed' || has(self.cooldownPeriodInSeconds)",
                  "fieldPath": ".cooldownPeriodInSeconds",
                  "reason": "FieldValueRequired",
                  "message": "lifecycleType Timed needs cooldownPeriodInSeconds; set it to 300 to 3600 seconds"
                },
                {
                  "rule": "self.lifecycleType != 'OnContainerExit' || has(self.maxAlivePeriodInSeconds)",
                  "fieldPath": ".maxAlivePeriodInSeconds",
                  "reason": "FieldValueRequired",
                  "message": "lifecycleType OnContainerExit needs maxAlivePeriodInSeconds; set it to the most seconds that a session may live"
                },
                {
                  "rule": "self.lifecycleType != 'OnContainerExit' || !has(self.cooldownPeriodInSeconds)",
                  "fieldPath": ".cooldownPeriodInSeconds",
                  "reason": "FieldValueForbidden",
                  "message": "is only for lifecycleType Timed; remove it, or set lifecycleType to Timed"
                }
              ],
              "properties": {
                "lifecycleType": {
                  "type": "string",
                  "enum": [
                    "Timed",
                    "OnContainerExit"
                  ],
                  "maxLength": 32
                },
                "cooldownPeriodInSeconds": {
                  "type": "integer",
                  "format": "int32",
                  "nullable": true,
                  "minimum": 300,
                  "maximum": 3600
                },
                "maxAlivePeriodInSeconds": {
                  "type": "integer",
                  "format": "int32",
                  "nullable": true,
                  "minimum": 1,
                  "maximum": 2147483647
                }
              }
            }
          }
        },
        "customContainerTemplate": {
          "type": "object",
          "nullable": true,
          "required": [
            "containers"
          ],
          "properties": {
            "containers": {
              "type": "array",
              "minItems": 1,
              "maxItems": 10,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": [
                "name"
              ],
              "items": {
                "type": "object",
                "required": [
                  "name",
                  "image"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128
                  },
                  "image": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024
                  },
                  "command": {
                    "type": "array",
                    "nullable": true,
                    "maxItems": 256,
                    "x-kubernetes-list-type": "atomic",
                    "items": {
                      "type": "string",
                      "maxLength": 32768
                    }
                  },
                  "args": {
                    "type": "array",
                    "nullable": true,
                    "maxItems": 256,
                    "x-kubernetes-list-type": "atomic",
                    "items": {
                      "type": "string",
                      "maxLength": 32768
                    }
                  },
                  "env": {
                    "type": "array",
                    "nullable": true,
                    "maxItems": 128,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": [
                      "name"
                    ],
                    "items": {
                      "type": "object",
                      "required": [
                        "name"
                      ],
                      "x-kubernetes-validations": [
                        {
                          "rule": "!(has(self.value) && has(self.secretRef))",
                          "message": "must have value or secretRef, not both; remove one of them"
                        }
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 256
                        },
                        "value": {
                          "type": "string",
                          "nullable": true,
                          "maxLength": 32768
                        },
                        "secretRef": {
                          "type": "string",
                          "nullable": true,
                          "maxLength": 253
                        }
                      }
                    }
                  },
                  "resources": {
                    "type": "object",
                    "nullable": true,
                    "properties": {
                      "cpu": {
                        "type": "number",
                        "format": "double",
                        "nullable": true,
                        "minimum": 0,
                        "maximum": 64,
                        "exclusiveMinimum": true
                      },
                      "memory": {
                        "type": "string",
                        "nullable": true,
                        "maxLength": 16,
                        "x-kubernetes-validations": [
                          {
                            "rule": "self.matches('^[0-9]+([.][0-9]+)?[KMG](i|b)?$') && self.matches('[1-9]')",
                            "message": "must be an amount of memory above 0 with a unit, such as 0.5Gi, 1Gi or 250Mb"
                          }
                        ]
                      }
                    }
                  }
                }
              }
            },
            "ingress": {
              "type": "object",
              "nullable": true,
              "properties": {
                "targetPort": {
                  "type": "integer",
                  "format": "int32",
                  "nullable": true,
                  "minimum": 1,
                  "maximum": 65535
                }
              }
            },
            "registryCredentials": {
              "type": "object",
              "nullable": true,
              "x-kubernetes-validations": [
                {
                  "rule": "has(self.server) || !(has(self.username) || has(self.passwordSecretRef) || has(self.identity))",
                  "fieldPath": ".server",
                  "reason": "FieldValueRequired",
                  "message": "registryCredentials need the registry that they are for; set server, such as contoso.azurecr.io"
                },
                {
                  "rule": "!has(self.identity) || !(has(self.username) || has(self.passwordSecretRef))",
                  "fieldPath": ".identity",
                  "reason": "FieldValueForbidden",
                  "message": "cannot be used together with username and passwordSecretRef; remove either identity or those two"
                },
                {
                  "rule": "!has(self.passwordSecretRef) || has(self.username)",
                  "fieldPath": ".username",
                  "reason": "FieldValueRequired",
                  "message": "passwordSecretRef needs the username that the password is for; set username"
                },
                {
                  "rule": "!has(self.username) || has(self.passwordSecretRef)",
                  "fieldPath": ".passwordSecretRef",
                  "reason": "FieldValueRequired",
                  "message": "username needs a password; set passwordSecretRef to the name of an entry of spec.secrets"
                }
              ],
              "properties": {
                "identity": {
                  "type": "string",
                  "nullable": true,
                  "maxLength": 512,
                  "x-kubernetes-validations": [
                    {
                      "rule": "self == 'system' || self.matches(r'(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/resourceGroups/[-\\w.()\\p{L}\\p{Nd}]{0,89}[-\\w()\\p{L}\\p{Nd}]/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[a-z0-9][-\\w]{2,127}$')",
                      "message": "must be `system` or the ARM id of a user-assigned identity: /subscriptions/<uuid>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
                    }
                  ]
                },
                "passwordSecretRef": {
                  "type": "string",
                  "nullable": true,
                  "maxLength": 253
                },
                "server": {
                  "type": "string",
                  "nullable": true,
                  "minLength": 1,
                  "maxLength": 253
                },
                "username": {
                  "type": "string",
                  "nullable": true,
                  "minLength": 1,
                  "maxLength": 256
                }
              }
            }
          }
        },
        "sessionNetworkConfiguration": {
          "type": "object",
          "nullable": true,
          "properties": {
            "status": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "EgressEnabled",
                    "EgressDisabled"
                  ]
                }
              ]
            }
          }
        },
        "managedIdentitySettings": {
          "type": "array",
          "nullable": true,
          "maxItems": 21,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "identity"
          ],
          "items": {
            "type": "object",
            "required": [
              "identity"
            ],
            "properties": {
              "identity": {
                "type": "string",
                "maxLength": 512,
                "x-kubernetes-validations": [
                  {
                    "rule": "self == 'system' || self.matches(r'(?i)^/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/resourceGroups/[-\\w.()\\p{L}\\p{Nd}]{0,89}[-\\w()\\p{L}\\p{Nd}]/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[a-z0-9][-\\w]{2,127}$')",
                    "message": "must be `system` or the ARM id of a user-assigned identity: /subscriptions/<uuid>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
                  }
                ]
              },
              "lifecycle": {
                "type": "string",
                "nullable": true,
                "maxLength": 32,
                "anyOf": [
                  {
                    "enum": [
                      "None",
                      "Main"
                    ]
                  }
                ]
              }
            }
          }
        },
        "secrets": {
          "type": "array",
          "nullable": true,
          "maxItems": 64,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "items": {
            "type": "object",
            "required": [
              "name",
              "valueFrom"
            ],
            "properties": {
              "name": {
                "type": "string",
                "maxLength": 253,
                "x-kubernetes-validations": [
                  {
                    "rule": "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$')",
                    "message": "must consist of lower-case letters, digits, - and . and begin and end with a letter or digit"
                  }
                ]
              },
              "valueFrom": {
                "type": "object",
                "required": [
                  "secretKeyRef"
                ],
                "properties": {
                  "secretKeyRef": {
                    "type": "object",
                    "required": [
                      "name",
                      "key"
                    ],
                    "properties": {
                      "name": {
                        "type": "string",
                        "maxLength": 253,
                        "x-kubernetes-validations": [
                          {
                            "rule": "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                            "message": "must be the name of a Kubernetes Secret of this namespace, lower-case letters, digits, - and ."
                          }
                        ]
                      },
                      "key": {
                        "type": "string",
                        "maxLength": 253,
                        "x-kubernetes-validations": [
                          {
                            "rule": "self.matches('^[-._a-zA-Z0-9]+$')",
                            "message": "must be a key of the Secret's data, letters, digits, -, _ and ."
                          }
                        ]
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "credentialsRef": {
          "type": "object",
          "nullable": true,
          "required": [
            "name"
          ],
          "properties": {
            "name": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                  "message": "must be the name of a Kubernetes Secret of this namespace, lower-case letters, digits, - and ."
                }
              ]
            }
          }
        },
        "suspend": {
          "type": "boolean",
          "nullable": true
        },
        "policy": {
          "type": "object",
          "nullable": true,
          "properties": {
            "adoption": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "Never",
                    "IfUnowned",
                    "Always"
                  ]
                }
              ]
            },
            "protect": {
              "type": "boolean",
              "nullable": true
            },
            "deletion": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "Delete",
                    "Orphan"
                  ]
                }
              ]
            },
            "mode": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "Apply",
                    "Observe",
                    "Approve"
                  ]
                }
              ]
            },
            "drift": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "Correct",
                    "Report"
                  ]
                }
              ]
            },
            "driftInterval": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "x-kubernetes-validations": [
                {
                  "rule": "self.matches('^[1-9][0-9]{0,4}[smh]$') && duration(self) >= duration('10s') && duration(self) <= duration('24h')",
                  "message": "must be a whole number with its unit s, m or h, from 10s to 24h, such as 30s, 5m or 1h"
                }
              ]
            },
            "ignore": {
              "type": "array",
              "nullable": true,
              "maxItems": 64,
              "x-kubernetes-list-type": "set",
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "x-kubernetes-validations": [
                  {
                    "rule": "!self.startsWith('/') || self == '/identity' || self.startsWith('/identity/') || self.matches('^/(tags|properties)/.')",
                    "message": "must be a tag's name, or a JSON pointer that begins with /tags/, /identity or /properties/"
                  },
                  {
                    "rule": "!self.matches('^/properties/secrets(/|$)')",
                    "message": "cannot ignore secrets, because every PUT must carry all of them; remove it"
                  }
                ]
              }
            },
            "unlistedSecrets": {
              "type": "string",
              "nullable": true,
              "maxLength": 32,
              "anyOf": [
                {
                  "enum": [
                    "Hold",
                    "Remove"
                  ]
                }
              ]
            }
          }
        }
      }
    },
    "status": {
      "type": "object",
      "default": {
        "observedGeneration": -1
      },
      "properties": {
        "observedGeneration": {
          "type": "integer",
          "format": "int64",
          "minimum": -1,
          "maximum": 9007199254740991
        },
        "lastHandledReconcileAt": {
          "type": "string",
          "maxLength": 256
        },
        "syncedHash": {
          "type": "string",
          "maxLength": 64
        },
        "id": {
          "type": "string",
          "maxLength": 2048
        },
        "provisioningState": {
          "type": "string",
          "maxLength": 256
        },
        "endpoint": {
          "type": "string",
          "maxLength": 2048
        },
        "nodeCount": {
          "type": "integer",
          "format": "int64",
          "minimum": -9007199254740991,
          "maximum": 9007199254740991
        },
        "principalId": {
          "type": "string",
          "maxLength": 256
        },
        "tenantId": {
          "type": "string",
          "maxLength": 256
        },
        "readySessionInstances": {
          "type": "integer",
          "format": "int64",
          "minimum": -9007199254740991,
          "maximum": 9007199254740991
        },
        "plan": {
          "type": "object",
          "required": [
            "action",
            "hash"
          ],
          "properties": {
            "action": {
              "type": "string",
              "maxLength": 32
            },
            "hash": {
              "type": "string",
              "maxLength": 64
            },
            "omitted": {
              "type": "integer",
              "format": "int32",
              "minimum": 1,
              "maximum": 2147483647
            },
            "changes": {
              "type": "array",
              "maxItems": 100,
              "x-kubernetes-list-type": "atomic",
              "items": {
                "type": "object",
                "required": [
                  "path"
                ],
                "properties": {
                  "path": {
                    "type": "string",
                    "maxLength": 4096
                  },
                  "desired": {
                    "x-kubernetes-preserve-unknown-fields": true
                  },
                  "observed": {
                    "x-kubernetes-preserve-unknown-fields": true
                  }
                }
              }
            }
          }
        },
        "adopted": {
          "type": "object",
          "required": [
            "id",
            "generation"
          ],
          "properties": {
            "id": {
              "type": "string",
              "maxLength": 2048
            },
            "createdAt": {
              "type": "string",
              "maxLength": 64
            },
            "owner": {
              "type": "string",
              "maxLength": 256
            },
            "generation": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9007199254740991
            },
            "secrets": {
              "type": "string",
              "maxLength": 256
            }
          }
        },
        "applied": {
          "type": "object",
          "required": [
            "generation",
            "differences"
          ],
          "properties": {
            "generation": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9007199254740991
            },
            "differences": {
              "type": "array",
              "maxItems": 256,
              "x-kubernetes-list-type": "atomic",
              "items": {
                "type": "object",
                "required": [
                  "path"
                ],
                "properties": {
                  "path": {
                    "type": "string",
                    "maxLength": 4096
                  },
                  "desired": {
                    "x-kubernetes-preserve-unknown-fields": true
                  },
                  "observed": {
                    "x-kubernetes-preserve-unknown-fields": true
                  },
                  "updates": {
                    "type": "integer",
                    "format": "int32",
                    "minimum": 1,
                    "maximum": 2147483647
                  }
                }
              }
            }
          }
        },
        "conditions": {
          "type": "array",
          "maxItems": 64,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "type"
          ],
          "items": {
            "type": "object",
            "required": [
              "type",
              "status",
              "reason",
              "message",
              "lastTransitionTime"
            ],
            "properties": {
              "status": {
                "type": "string",
                "enum": [
                  "True",
                  "False",
                  "Unknown"
                ],
                "maxLength": 16
              },
              "observedGeneration": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "maximum": 9007199254740991
              },
              "lastTransitionTime": {
                "type": "string",
                "format": "date-time",
                "maxLength": 64
              },
              "message": {
                "type": "string",
                "maxLength": 32768
              },
              "reason": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
              },
              "type": {
                "type": "string",
                "maxLength": 316
              }
            }
          }
        }
      }
    }
  }
};
