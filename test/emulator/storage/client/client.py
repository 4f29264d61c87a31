"""Uses a bucket through AWS' own client, and says in JSON what came of it."""

import json
import sys

import boto3
from botocore.exceptions import ClientError, NoCredentialsError

bucket = sys.argv[1]
s3 = boto3.client("s3", region_name="eu-central-1")
key = "default/copy of 19:00 + é.db"
body = bytes(range(256)) * 5000


def code(call, **arguments):
    """What it is refused with."""
    try:
        call(Bucket=bucket, **arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except NoCredentialsError:
        return "NoCredentials"


def cycle():
    first = s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata={"hour": "19"})
    s3.put_object(Bucket=bucket, Key=key, Body=b"second")
    s3.put_object(Bucket=bucket, Key="default/gone", Body=b"")
    s3.delete_object(Bucket=bucket, Key="default/gone")
    old = s3.get_object(Bucket=bucket, Key=key, VersionId=first["VersionId"])
    return {
        "old": old["Metadata"] if old["Body"].read() == body else "other bytes",
        "current": s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(),
        "size": s3.head_object(Bucket=bucket, Key=key)["ContentLength"],
        "keys": [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="default/")["Contents"]],
        "gone": code(s3.get_object, Key="default/gone"),
    }


def refusals():
    return {
        "elsewhere": code(s3.put_object, Key="other/file", Body=b""),
        "versions": code(s3.list_object_versions),
    }


def current():
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


print(json.dumps({"cycle": cycle, "refusals": refusals, "current": current, "stranger": lambda: code(s3.list_objects_v2)}[sys.argv[2]]()))
