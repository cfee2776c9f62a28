// Generated from crds/sessionpools.appcontainers.dev.yaml by `npm run generate`. Do not edit.

/** JSON Schema of a SessionPool's spec, without the CRD's CEL rules. */
export const specSchema = {
  "type": "object",
  "required": [
    "resourceGroup",
    "location",
    "containerType",
    "dynamicPoolConfiguration"
  ],
  "properties": {
    "subscriptionId": {
      "type": [
        "string",
        "null"
      ],
      "maxLength": 36
    },
    "resourceGroup": {
      "type": "string",
      "minLength": 1,
      "maxLength": 90
    },
    "azureName": {
      "type": [
        "string",
        "null"
      ],
      "maxLength": 63
    },
    "location": {
      "type": "string",
      "minLength": 1,
      "maxLength": 64
    },
    "tags": {
      "type": [
        "object",
        "null"
      ],
      "maxProperties": 45,
      "additionalProperties": {
        "type": "string",
        "maxLength": 256
      }
    },
    "identity": {
      "type": [
        "object",
        "null"
      ],
      "required": [
        "type"
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
          "type": [
            "object",
            "null"
          ],
          "maxProperties": 20,
          "additionalProperties": {
            "type": "object",
            "maxProperties": 0
          }
        }
      }
    },
    "environmentId": {
      "type": [
        "string",
        "null"
      ],
      "maxLength": 512
    },
    "containerType": {
      "type": "string",
      "enum": [
        "CustomContainer",
        "PythonLTS"
      ],
      "maxLength": 32
    },
    "poolManagementType": {
      "type": [
        "string",
        "null"
      ],
      "enum": [
        "Dynamic",
        "Manual",
        null
      ],
      "maxLength": 32
    },
    "scaleConfiguration": {
      "type": [
        "object",
        "null"
      ],
      "properties": {
        "readySessionInstances": {
          "type": "integer",
          "maximum": 2147483647,
          "minimum": 0
        },
        "maxConcurrentSessions": {
          "type": [
            "integer",
            "null"
          ],
          "maximum": 2147483647,
          "minimum": 1
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
              "type": [
                "integer",
                "null"
              ],
              "maximum": 3600,
              "minimum": 300
            },
            "maxAlivePeriodInSeconds": {
              "type": [
                "integer",
                "null"
              ],
              "maximum": 2147483647,
              "minimum": 1
            }
          }
        }
      }
    },
    "customContainerTemplate": {
      "type": [
        "object",
        "null"
      ],
      "required": [
        "containers"
      ],
      "properties": {
        "containers": {
          "type": "array",
          "minItems": 1,
          "maxItems": 10,
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
                "type": [
                  "array",
                  "null"
                ],
                "maxItems": 256,
                "items": {
                  "type": "string",
                  "maxLength": 32768
                }
              },
              "args": {
                "type": [
                  "array",
                  "null"
                ],
                "maxItems": 256,
                "items": {
                  "type": "string",
                  "maxLength": 32768
                }
              },
              "env": {
                "type": [
                  "array",
                  "null"
                ],
                "maxItems": 128,
                "items": {
                  "type": "object",
                  "required": [
                    "name"
                  ],
                  "properties": {
                    "name": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 256
                    },
                    "value": {
                      "type": [
                        "string",
                        "null"
                      ],
                      "maxLength": 32768
                    },
                    "secretRef": {
                      "type": [
                        "string",
                        "null"
                      ],
                      "maxLength": 253
                    }
                  }
                }
              },
              "resources": {
                "type": [
                  "object",
                  "null"
                ],
                "properties": {
                  "cpu": {
                    "type": [
                      "number",
                      "null"
                    ],
                    "maximum": 64,
                    "exclusiveMinimum": 0
                  },
                  "memory": {
                    "type": [
                      "string",
                      "null"
                    ],
                    "maxLength": 16
                  }
                }
              }
            }
          }
        },
        "ingress": {
          "type": [
            "object",
            "null"
          ],
          "properties": {
            "targetPort": {
              "type": [
                "integer",
                "null"
              ],
              "maximum": 65535,
              "minimum": 1
            }
          }
        },
        "registryCredentials": {
          "type": [
            "object",
            "null"
          ],
          "properties": {
            "identity": {
              "type": [
                "string",
                "null"
              ],
              "maxLength": 512
            },
            "passwordSecretRef": {
              "type": [
                "string",
                "null"
              ],
              "maxLength": 253
            },
            "server": {
              "type": [
                "string",
                "null"
              ],
              "minLength": 1,
              "maxLength": 253
            },
            "username": {
              "type": [
                "string",
                "null"
              ],
              "minLength": 1,
              "maxLength": 256
            }
          }
        }
      }
    },
    "sessionNetworkConfiguration": {
      "type": [
        "object",
        "null"
      ],
      "properties": {
        "status": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "EgressEnabled",
            "EgressDisabled",
            null
          ],
          "maxLength": 32
        }
      }
    },
    "managedIdentitySettings": {
      "type": [
        "array",
        "null"
      ],
      "maxItems": 21,
      "items": {
        "type": "object",
        "required": [
          "identity"
        ],
        "properties": {
          "identity": {
            "type": "string",
            "maxLength": 512
          },
          "lifecycle": {
            "type": [
              "string",
              "null"
            ],
            "enum": [
              "None",
              "Main",
              null
            ],
            "maxLength": 32
          }
        }
      }
    },
    "secrets": {
      "type": [
        "array",
        "null"
      ],
      "maxItems": 64,
      "items": {
        "type": "object",
        "required": [
          "name",
          "valueFrom"
        ],
        "properties": {
          "name": {
            "type": "string",
            "maxLength": 253
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
                    "maxLength": 253
                  },
                  "key": {
                    "type": "string",
                    "maxLength": 253
                  }
                }
              }
            }
          }
        }
      }
    },
    "credentialsRef": {
      "type": [
        "object",
        "null"
      ],
      "required": [
        "name"
      ],
      "properties": {
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
        }
      }
    },
    "suspend": {
      "type": [
        "boolean",
        "null"
      ]
    },
    "policy": {
      "type": [
        "object",
        "null"
      ],
      "properties": {
        "adoption": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "Never",
            "IfUnowned",
            "Always",
            null
          ],
          "maxLength": 32
        },
        "protect": {
          "type": [
            "boolean",
            "null"
          ]
        },
        "deletion": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "Delete",
            "Orphan",
            null
          ],
          "maxLength": 32
        },
        "mode": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "Apply",
            "Observe",
            "Approve",
            null
          ],
          "maxLength": 32
        },
        "drift": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "Correct",
            "Report",
            null
          ],
          "maxLength": 32
        },
        "driftInterval": {
          "type": [
            "string",
            "null"
          ],
          "maxLength": 32
        },
        "ignore": {
          "type": [
            "array",
            "null"
          ],
          "maxItems": 64,
          "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        },
        "unlistedSecrets": {
          "type": [
            "string",
            "null"
          ],
          "enum": [
            "Hold",
            "Remove",
            null
          ],
          "maxLength": 32
        }
      }
    }
  }
} as const;
